import { QueryFailedError } from 'typeorm';
import { Problem } from '../common/problem.js';

/** What drivers report when the database is away, stuck, full or read-only, as against a statement that is wrong. */
const OUTAGES = new Set([
  'LOCK_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'POOL_CLOSED',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_QUERY_INTERRUPTED',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_ACCESS_DENIED_ERROR',
]);
const SQLITE_OUTAGE = /^SQLITE_(BUSY|LOCKED|FULL|READONLY|IOERR|CANTOPEN)/;
/** When a client that met an outage may come back, in milliseconds. */
const RETRY_AFTER_MS = 1000;
const QUEUE_FULL = 'Queue limit reached.';

/** Whether an error says that the database cannot answer now; the same request may succeed later. */
function isOutage(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof Error)) return false;
  // mysql2 calls fatal what costs the connection; the statement that finds it closed gets no code.
  const { code = '', fatal = false } = cause as NodeJS.ErrnoException & { fatal?: boolean };
  return fatal || OUTAGES.has(code) || SQLITE_OUTAGE.test(code) || cause.message === QUEUE_FULL;
}

/** What a client is told: the problem itself, or that the database cannot answer now; undefined where it is a bug. */
export function asProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  return isOutage(error) ? new Problem('unavailable', { retryAfterMs: RETRY_AFTER_MS }) : undefined;
}
