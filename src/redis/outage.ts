import { Problem } from '../common/problem.js';

/** When a client that met an absent Redis may try again, in milliseconds. */
const RETRY_AFTER_MS = 1000;

/** Redis cannot answer now; the same call may succeed later. A client that waits for it is told `unavailable`. */
export class RedisOutage extends Problem {
  constructor(readonly reason: string) {
    super('unavailable', { retryAfterMs: RETRY_AFTER_MS });
    this.name = 'RedisOutage';
  }

  override toString(): string {
    return `${this.name}: ${this.reason}`;
  }
}
