import type { DataSource, QueryRunner } from 'typeorm';
import { FifoLock, type Release } from './fifo-lock.js';

/**
 * TypeORM gives every caller of one SQLite connection the same query runner, so transactions that overlap in time
 * become one, and a rollback takes rows along that others were told are safe. Here each caller gets a runner of its
 * own, and a transaction holds the connection from its first statement to its last; plain queries wait in the same line.
 */
export function isolate(dataSource: DataSource): DataSource {
  const { driver } = dataSource;
  const lock = new FifoLock();
  const create = driver.createQueryRunner.bind(driver);
  driver.createQueryRunner = (mode) => {
    const shared = driver as { queryRunner?: QueryRunner };
    delete shared.queryRunner;
    const own = create(mode);
    delete shared.queryRunner;
    return takeTurns(own, lock);
  };
  return dataSource;
}

function takeTurns(runner: QueryRunner, lock: FifoLock): QueryRunner {
  const turn = new Turn(lock);
  const query = runner.query.bind(runner) as (...parameters: unknown[]) => Promise<unknown>;
  const begin = runner.startTransaction.bind(runner);
  const commit = runner.commitTransaction.bind(runner);
  const rollBack = runner.rollbackTransaction.bind(runner);
  const release = runner.release.bind(runner);
  return Object.assign(runner, {
    query: (...parameters: unknown[]) => turn.lasting(() => query(...parameters)),
    startTransaction: (...parameters: Parameters<QueryRunner['startTransaction']>) =>
      turn.beginning(runner, () => begin(...parameters)),
    commitTransaction: () => turn.ending(runner, commit),
    rollbackTransaction: () => turn.ending(runner, rollBack),
    release: async () => {
      if (runner.isTransactionActive) await turn.ending(runner, rollBack);
      await release();
    },
  });
}

/** One runner's hold on the connection. */
class Turn {
  private release: Release | undefined;

  constructor(private readonly lock: FifoLock) {}

  /** Holds the connection for one statement, or uses the hold of the transaction around it. */
  async lasting<Result>(statement: () => Promise<Result>): Promise<Result> {
    if (this.release) return statement();
    const release = await this.lock.acquire();
    try {
      return await statement();
    } finally {
      release();
    }
  }

  async beginning(runner: QueryRunner, begin: () => Promise<void>): Promise<void> {
    this.release ??= await this.lock.acquire();
    try {
      await begin();
    } finally {
      this.letGoUnlessActive(runner);
    }
  }

  async ending(runner: QueryRunner, end: () => Promise<void>): Promise<void> {
    try {
      await end();
    } finally {
      this.letGoUnlessActive(runner);
    }
  }

  private letGoUnlessActive(runner: QueryRunner): void {
    if (runner.isTransactionActive) return;
    this.release?.();
    this.release = undefined;
  }
}
