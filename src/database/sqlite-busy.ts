import { setTimeout as pause } from 'node:timers/promises';
import { type DataSource, QueryFailedError } from 'typeorm';

/** How long another process may hold the file before a statement is given up, in milliseconds. */
const PATIENCE_MS = 5000;
const LONGEST_PAUSE_MS = 50;

/** SQLite itself waits for the file by stopping the event loop; from here on it does not wait. */
export async function neverBlock(dataSource: DataSource): Promise<void> {
  await dataSource.query('PRAGMA busy_timeout = 0');
}

/** Tries again, after ever longer pauses, while another process holds the file. @throws what the last try threw */
export async function whenFree<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await pause(pauseMs);
    }
  }
}

function isBusy(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause instanceof Error && String((cause as NodeJS.ErrnoException).code).startsWith('SQLITE_BUSY');
}
