import type { DataSource, QueryRunner } from 'typeorm';
import { readBy } from './ask.js';
import { FifoLock, type Release } from './fifo-lock.js';
import { whenFree } from './sqlite-busy.js';

/** What is needed of a connection of better-sqlite3. */
interface SqliteConnection {
  readonly inTransaction: boolean;
  exec(text: string): unknown;
}

interface Statement {
  all(...values: unknown[]): unknown[];
}

/**
 * TypeORM gives every caller of one SQLite connection the same query runner, so transactions that overlap in time
 * become one, and a rollback takes rows along that others were told are safe. Here each caller gets a runner of its
 * own, and a transaction holds the connection from its first statement to its last; plain queries wait in the same line.
 */
export function isolate(dataSource: DataSource): DataSource {
  const { driver } = dataSource;
  const lock = new FifoLock();
  const connection = () => (driver as unknown as { databaseConnection: SqliteConnection }).databaseConnection;
  const statements = new Map<string, Statement>();
  const create = driver.createQueryRunner.bind(driver);
  driver.createQueryRunner = (mode) => {
    const shared = driver as { queryRunner?: QueryRunner };
    delete shared.queryRunner;
    const own = create(mode);
    delete shared.queryRunner;
    // Prepared once for all runners: a runner lives for one query, and its own cache with it.
    Object.assign(own, { stmtCache: statements });
    return takeTurns(own, new Turn(lock, connection));
  };
  readBy(dataSource, (text, values) => {
    const statement = statements.get(text);
    if (!statement || lock.isHeld || connection().inTransaction) return undefined;
    try {
      return statement.all(...values);
    } catch {
      // Whoever asks again in the line waits for the file, or is told what is wrong.
      return undefined;
    }
  });
  return dataSource;
}

function takeTurns(runner: QueryRunner, turn: Turn): QueryRunner {
  const query = runner.query.bind(runner) as (...parameters: unknown[]) => Promise<unknown>;
  const begin = runner.startTransaction.bind(runner);
  const commit = runner.commitTransaction.bind(runner);
  const rollBack = runner.rollbackTransaction.bind(runner);
  const release = runner.release.bind(runner);
  return Object.assign(runner, {
    query: (text: string, ...rest: unknown[]) => turn.lasting(() => query(inFull(text), ...rest)),
    startTransaction: (...parameters: Parameters<QueryRunner['startTransaction']>) =>
      turn.beginning(() => begin(...parameters)),
    commitTransaction: () => turn.ending(commit),
    rollbackTransaction: () => turn.ending(rollBack),
    release: async () => {
      await turn.leaving(rollBack);
      await release();
    },
  });
}

/** A transaction asks for the file when it begins. One that asks at its first write may find that it has read too much to wait. */
function inFull(text: string): string {
  return text === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE' : text;
}

/** One runner's hold on the connection. */
class Turn {
  /** Set from the beginning of a transaction to its end. */
  private release: Release | undefined;

  constructor(
    private readonly lock: FifoLock,
    private readonly connection: () => SqliteConnection,
  ) {}

  /** Holds the connection for one statement, or uses the hold of the transaction around it. */
  async lasting<Result>(statement: () => Promise<Result>): Promise<Result> {
    if (this.release) return statement();
    return whenFree(async () => {
      const release = await this.enter();
      try {
        return await statement();
      } finally {
        release();
      }
    });
  }

  async beginning(begin: () => Promise<void>): Promise<void> {
    if (this.release) return begin();
    await whenFree(async () => {
      this.release = await this.enter();
      try {
        await begin();
      } catch (error) {
        this.letGo();
        throw error;
      }
    });
  }

  /** Does nothing where the transaction never began, or where SQLite took it back by itself, on a full disk for one. */
  async ending(end: () => Promise<void>): Promise<void> {
    if (!this.release) return;
    try {
      await end();
    } finally {
      if (!this.connection().inTransaction) this.letGo();
    }
  }

  async leaving(rollBack: () => Promise<void>): Promise<void> {
    try {
      await this.ending(rollBack);
    } finally {
      this.letGo();
    }
  }

  /** What is left of a transaction that could not be rolled back must not take in what others are told is safe. */
  private async enter(): Promise<Release> {
    const release = await this.lock.acquire();
    try {
      if (this.connection().inTransaction) this.connection().exec('ROLLBACK');
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  private letGo(): void {
    this.release?.();
    this.release = undefined;
  }
}
