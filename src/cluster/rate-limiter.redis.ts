import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { Rate } from '../config/parsers.js';
import { RedisOutage } from '../redis/outage.js';
import { Redis } from '../redis/redis.js';
import { Script } from '../redis/script.js';
import { MemoryBackend } from './memory-backend.js';
import { RateLimiter, type Allowance } from './rate-limiter.js';
import { MemoryRateLimiter } from './rate-limiter.memory.js';

/** What token-bucket.ts does, where it is atomic. KEYS: bucket; ARGV: count, window in ms. */
const TAKE = new Script(`
local count, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local interval = window / count
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + interval
local over = full_at - now - window
if over > 1e-6 then return {0, 0, math.ceil(over)} end
redis.call('SET', KEYS[1], exact(full_at), 'PX', math.max(1, math.ceil(full_at - now)))
return {1, math.floor((window - (full_at - now)) / interval + 1e-6), 0}
`);

/** A bucket that is full afterwards need not be kept. */
const GIVE = new Script(`
local full_at = redis.call('GET', KEYS[1])
if not full_at then return 0 end
full_at = tonumber(full_at) - tonumber(ARGV[2]) / tonumber(ARGV[1])
if full_at <= now then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], exact(full_at), 'PX', math.max(1, math.ceil(full_at - now)))
return 1
`);

@Injectable()
export class RedisRateLimiter extends RateLimiter {
  /** Limits while Redis is away. */
  private readonly local: RateLimiter;

  constructor(
    private readonly redis: Redis,
    clock: Clock,
  ) {
    super();
    this.local = new MemoryRateLimiter(new MemoryBackend(), clock);
  }

  async take(key: string, rate: Rate): Promise<Allowance> {
    try {
      const [allowed, remaining, retryAfterMs] = await this.run<[number, number, number]>(TAKE, key, rate);
      return { allowed: allowed === 1, remaining, retryAfterMs };
    } catch (error) {
      if (!(error instanceof RedisOutage)) throw error;
      return this.local.take(key, rate);
    }
  }

  async give(key: string, rate: Rate): Promise<void> {
    try {
      await this.run<number>(GIVE, key, rate);
    } catch (error) {
      if (!(error instanceof RedisOutage)) throw error;
      await this.local.give(key, rate);
    }
  }

  private run<Answer extends number | number[]>(
    script: Script,
    key: string,
    { count, windowMs }: Rate,
  ): Promise<Answer> {
    return this.redis.eval<Answer>(script, [this.redis.keys.rate(key)], [count, windowMs]);
  }
}
