import type { Duplex } from 'node:stream';
import type { PoolConnection } from 'mysql2';
import type { DataSource, QueryRunner } from 'typeorm';

/** The longest a statement may take, the wait for a connection included, in milliseconds. */
export const DEADLINE_MS = 1500;

/** The server did not answer in time. Whether it did what it was asked is unknown. */
export class DatabaseTimeout extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super(`the database did not answer within ${DEADLINE_MS} ms`);
  }
}

/**
 * Gives every statement a deadline. The pool of mysql2 lets callers wait for a connection for as long as it takes, and
 * its own timeout puts a connection back that still waits for an answer. Here such a connection is closed, and the pool
 * opens another.
 */
export function setDeadlines(dataSource: DataSource): DataSource {
  const { driver } = dataSource;
  const create = driver.createQueryRunner.bind(driver);
  driver.createQueryRunner = (mode) => withDeadline(create(mode));
  return dataSource;
}

function withDeadline(runner: QueryRunner): QueryRunner {
  const query = runner.query.bind(runner) as (...parameters: unknown[]) => Promise<unknown>;
  let isLate = false;
  const run = async (parameters: unknown[]): Promise<unknown> => {
    const connection = (await runner.connect()) as PoolConnection;
    if (!isLate) return query(...parameters);
    // Nobody waits for the connection any more. A runner that is not released yet gives it back by itself.
    if (runner.isReleased) connection.release();
    throw new DatabaseTimeout();
  };
  const runInTime = (...parameters: unknown[]) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        isLate = true;
        const { databaseConnection } = runner as { databaseConnection?: PoolConnection };
        if (databaseConnection) closeAtOnce(databaseConnection);
        reject(new DatabaseTimeout());
      }, DEADLINE_MS);
      const done = () => clearTimeout(timer);
      run(parameters).then(resolve, reject).finally(done);
    });
  return Object.assign(runner, {
    query: async (...parameters: unknown[]) => {
      if (isLate) throw new DatabaseTimeout();
      return runInTime(...parameters);
    },
  });
}

/** Says no goodbye: whoever is at the other end has not answered. */
export function closeAtOnce(connection: PoolConnection): void {
  connection.destroy();
  (connection as PoolConnection & { stream: Duplex }).stream.destroy();
}
