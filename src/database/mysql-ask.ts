import type { Pool, PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { readBy } from './ask.js';
import { closeAtOnce, DatabaseTimeout, DEADLINE_MS } from './mysql-deadline.js';

/**
 * Lets what every newcomer asks go past TypeORM, which makes a query runner for each question, and past the promises of
 * mysql2, which keep a stack for each: a third to a half of what a question costs. It takes the same connections and has
 * the same deadline as everything else; an error does not say who asked.
 */
export function askPoolOf(dataSource: DataSource): void {
  const { driver } = dataSource as unknown as { driver: { pool?: Pool } };
  readBy(dataSource, (text, values) => {
    const { pool } = driver;
    return pool && new Promise((resolve, reject) => new Asking(resolve, reject).begin(pool, text, values));
  });
}

class Asking {
  private connection: PoolConnection | undefined;
  private isOver = false;
  private readonly timer = setTimeout(() => this.giveUp(), DEADLINE_MS);

  constructor(
    private readonly resolve: (rows: unknown[]) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  begin(pool: Pool, text: string, values: readonly unknown[]): void {
    pool.getConnection((error, connection) => {
      // Nobody waits for it any more.
      if (this.isOver) connection?.release();
      else if (error) this.end(() => this.reject(error));
      else this.askOn(connection, text, values);
    });
  }

  private askOn(connection: PoolConnection, text: string, values: readonly unknown[]): void {
    this.connection = connection;
    connection.query({ sql: text, values: [...values] }, (error, rows) => {
      if (this.isOver) return;
      // One that is lost is told of before the pool knows, which would give it to the next in line.
      if (error?.fatal) connection.destroy();
      else connection.release();
      this.end(() => (error ? this.reject(error) : this.resolve(rows as unknown[])));
    });
  }

  private giveUp(): void {
    if (this.connection) closeAtOnce(this.connection);
    this.end(() => this.reject(new DatabaseTimeout()));
  }

  private end(tell: () => void): void {
    this.isOver = true;
    clearTimeout(this.timer);
    tell();
  }
}
