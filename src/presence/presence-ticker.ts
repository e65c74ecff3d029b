import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Cancel, Clock } from '../common/clock.js';
import { PresenceAnnouncer } from './presence-announcer.js';
import { PresenceLease } from './presence-lease.js';
import { PresenceStore } from './presence-store.js';
import { PresenceTracker } from './presence-tracker.js';

/** Deadlines carried out at once, so that a mass departure does not crowd out everything else. */
const BATCH = 32;

/**
 * Lets time pass for presence: a beat renews the lease and looks after other nodes' deadlines, and one timer waits for the
 * earliest deadline this node knows. It is exact, so that the moment of an offline says nothing about its cause.
 */
@Injectable()
export class PresenceTicker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PresenceTicker.name);
  private stopBeat: Cancel = () => undefined;
  private stopTimer: Cancel = () => undefined;
  /** When the timer goes off. */
  private timerAt = Infinity;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly store: PresenceStore,
    private readonly tracker: PresenceTracker,
    private readonly announcer: PresenceAnnouncer,
    private readonly lease: PresenceLease,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.tracker.onOutcome(({ dueInMs }) => this.expect(dueInMs));
    await this.lease.renew();
    this.stopBeat = this.clock.every(this.lease.beatMs, () => void this.run(() => this.beat()));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopBeat();
    this.stopTimer();
    await this.running;
    await this.tracker.idle();
    await this.lease.end();
    await this.tracker.finish();
  }

  private expect(inMs: number | null): void {
    if (inMs === null || this.stopped) return;
    const at = this.clock.now() + inMs;
    if (at >= this.timerAt) return;
    this.stopTimer();
    this.timerAt = at;
    this.stopTimer = this.clock.after(inMs, () => {
      this.timerAt = Infinity;
      void this.run(() => this.carryOut());
    });
  }

  private async beat(): Promise<void> {
    await this.lease.renew();
    await this.announcer.settle();
    await this.carryOut();
  }

  private async carryOut(): Promise<void> {
    for (;;) {
      const { outcomes, nextInMs } = await this.store.due(BATCH);
      await Promise.all(outcomes.map((outcome) => this.tracker.follow(outcome)));
      if (nextInMs === 0 && !this.stopped) continue;
      return this.expect(nextInMs);
    }
  }

  /** One run at a time; what comes in between is seen by the store when the running one asks for the next deadline. */
  private async run(task: () => Promise<void>): Promise<void> {
    if (this.running) return;
    this.running = task().catch((error: unknown) =>
      this.logger.warn({ event: 'presence_tick_failed', error: String(error) }),
    );
    await this.running;
    this.running = undefined;
  }
}
