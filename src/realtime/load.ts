import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type Cancel } from '../common/clock.js';

/** More lag than this at the 99th percentile of two seconds in a row, and newcomers are sent away, in milliseconds. */
const MAX_LAG_MS = 200;
const WINDOW_MS = 1000;

/** How late the event loop is: a node that cannot keep up serves those it has before it takes more. */
@Injectable()
export class Load implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly delay = monitorEventLoopDelay({ resolution: 20 });
  private lagMs = 0;
  private lagBeforeMs = 0;
  private stop: Cancel = () => undefined;

  constructor(private readonly clock: Clock) {}

  get isTooHigh(): boolean {
    return Math.min(this.lagMs, this.lagBeforeMs) > MAX_LAG_MS;
  }

  onApplicationBootstrap(): void {
    this.delay.enable();
    this.stop = this.clock.every(WINDOW_MS, () => {
      this.lagBeforeMs = this.lagMs;
      this.lagMs = this.delay.percentile(99) / 1e6;
      this.delay.reset();
    });
  }

  onApplicationShutdown(): void {
    this.stop();
    this.delay.disable();
  }
}
