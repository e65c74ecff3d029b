import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { Rate } from '../config/parsers.js';
import { MemoryBackend } from './memory-backend.js';
import { RateLimiter, type Allowance } from './rate-limiter.js';
import { giveToken, takeToken } from './token-bucket.js';

/** More keys than this means a flood of made-up ones: full buckets are forgotten, then those unused the longest. */
const MAX_KEYS = 200_000;

@Injectable()
export class MemoryRateLimiter extends RateLimiter {
  private readonly fullAt: Map<string, number>;

  constructor(
    backend: MemoryBackend,
    private readonly clock: Clock,
  ) {
    super();
    this.fullAt = backend.shared('rate-limiter', () => new Map<string, number>());
  }

  async take(key: string, rate: Rate): Promise<Allowance> {
    const { allowance, fullAt } = takeToken(this.fullAt.get(key) ?? 0, this.clock.now(), rate);
    this.keep(key, fullAt);
    return allowance;
  }

  async give(key: string, rate: Rate): Promise<void> {
    const fullAt = this.fullAt.get(key);
    if (fullAt !== undefined) this.fullAt.set(key, giveToken(fullAt, rate));
  }

  private keep(key: string, fullAt: number): void {
    this.fullAt.delete(key);
    this.fullAt.set(key, fullAt);
    if (this.fullAt.size > MAX_KEYS) this.makeRoom();
  }

  /** A tenth at once: under a flood of live keys every hit would otherwise walk them all. */
  private makeRoom(): void {
    const now = this.clock.now();
    for (const [key, at] of this.fullAt) if (at <= now) this.fullAt.delete(key);
    for (const unusedLongest of this.fullAt.keys()) {
      if (this.fullAt.size <= 0.9 * MAX_KEYS) return;
      this.fullAt.delete(unusedLongest);
    }
  }
}
