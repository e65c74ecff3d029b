import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RateLimiter } from '../cluster/rate-limiter.js';

type Hit = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Lets @nestjs/throttler count in the buckets that everything else counts in, and so over all nodes. */
export class RestThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly limiter: RateLimiter) {}

  /** @param ttl milliseconds, while the times of the answer are seconds */
  async increment(key: string, ttl: number, limit: number): Promise<Hit> {
    const { allowed, remaining, retryAfterMs } = await this.limiter.take(key, { count: limit, windowMs: ttl });
    const wait = Math.ceil(retryAfterMs / 1000);
    const untilFull = Math.ceil(((limit - remaining) * ttl) / limit / 1000);
    return {
      totalHits: allowed ? limit - remaining : limit + 1,
      timeToExpire: untilFull,
      isBlocked: !allowed,
      timeToBlockExpire: wait,
    };
  }
}
