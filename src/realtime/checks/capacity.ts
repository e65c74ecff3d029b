import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problem.js';
import { Readiness } from '../../common/readiness.js';
import type { Attempt, Check } from '../attempt.js';
import { Load } from '../load.js';
import { Places } from '../places.js';

/** When a client that was sent away may come back: time for a load balancer to find another node. */
const RETRY_AFTER_MS = 2000;

@Injectable()
export class CapacityCheck implements Check {
  constructor(
    private readonly readiness: Readiness,
    private readonly places: Places,
    private readonly load: Load,
  ) {}

  check({ connectionId }: Attempt): void {
    this.preview();
    if (!this.places.take(connectionId)) throw new Problem('unavailable', { retryAfterMs: RETRY_AFTER_MS });
  }

  /** Asks the same without taking a place. */
  preview(): void {
    if (this.readiness.isDraining || this.places.isFull || this.load.isTooHigh) {
      throw new Problem('unavailable', { retryAfterMs: RETRY_AFTER_MS });
    }
  }
}
