import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Cancel, Clock } from '../common/clock.js';
import { Sessions } from './sessions.service.js';

const INTERVAL_MS = 10 * 60_000;

/** Clears away sessions that ran out. Nobody waits for it: they are dead to everything else from that moment on. */
@Injectable()
export class SessionSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SessionSweeper.name);
  private cancel: Cancel | undefined;

  constructor(
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.cancel = this.clock.every(INTERVAL_MS, () => {
      this.sessions.sweep().catch((error: unknown) => this.logger.warn(`sweeping failed: ${String(error)}`));
    });
  }

  onApplicationShutdown(): void {
    this.cancel?.();
  }
}
