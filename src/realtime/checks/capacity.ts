import { Injectable } from '@nestjs/common';
import { Readiness } from '../../common/readiness.js';
import { Problem } from '../../common/problem.js';
import { RealtimeSettings } from '../../config/settings.js';
import type { Check } from '../attempt.js';
import { Connections } from '../connections.js';
import { Load } from '../load.js';

/** When a client that was sent away may come back: time for a load balancer to find another node. */
const RETRY_AFTER_MS = 2000;

@Injectable()
export class CapacityCheck implements Check {
  constructor(
    private readonly readiness: Readiness,
    private readonly connections: Connections,
    private readonly load: Load,
    private readonly settings: RealtimeSettings,
  ) {}

  check(): void {
    const isFull = this.connections.count >= this.settings.maxConnections;
    if (this.readiness.isDraining || isFull || this.load.isTooHigh) {
      throw new Problem('unavailable', { retryAfterMs: RETRY_AFTER_MS });
    }
  }
}
