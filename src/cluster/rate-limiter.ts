import type { Soon } from '../common/soon.js';
import type { Rate } from '../config/parsers.js';

export interface Allowance {
  readonly allowed: boolean;
  /** Whole tokens left. */
  readonly remaining: number;
  /** How long until a token is there again, in milliseconds; 0 when allowed. */
  readonly retryAfterMs: number;
}

/**
 * Token buckets by key, the same for all nodes: a bucket holds `rate.count` and refills evenly over `rate.windowMs`.
 * Exact under parallel calls. When the backend is down each node limits by itself; it is never unlimited.
 */
export abstract class RateLimiter {
  /** Takes one token where there is one. */
  abstract take(key: string, rate: Rate): Soon<Allowance>;
  /** Gives one token back. */
  abstract give(key: string, rate: Rate): Promise<void>;
}
