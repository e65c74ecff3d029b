import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { Soon } from '../common/soon.js';
import type { Rate } from '../config/parsers.js';
import { BucketTable } from './bucket-table.js';
import { MemoryBackend } from './memory-backend.js';
import { RateLimiter, type Allowance } from './rate-limiter.js';
import { giveToken, takeToken } from './token-bucket.js';

@Injectable()
export class MemoryRateLimiter extends RateLimiter {
  private readonly buckets: BucketTable;

  constructor(
    backend: MemoryBackend,
    private readonly clock: Clock,
  ) {
    super();
    this.buckets = backend.shared('rate-limiter', () => new BucketTable());
  }

  take(key: string, rate: Rate): Soon<Allowance> {
    const place = this.buckets.place(key);
    const { allowance, fullAt } = takeToken(this.buckets.fullAt(place), this.clock.now(), rate);
    this.buckets.setFullAt(place, fullAt);
    return allowance;
  }

  async give(key: string, rate: Rate): Promise<void> {
    const place = this.buckets.place(key);
    this.buckets.setFullAt(place, giveToken(this.buckets.fullAt(place), rate));
  }
}
