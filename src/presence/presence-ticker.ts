import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Cancel, Clock } from '../common/clock.js';
import { Solo } from '../common/solo.js';
import { PresenceLease } from './presence-lease.js';
import { PresenceStore } from './presence-store.js';
import { PresenceTracker } from './presence-tracker.js';
import { PresenceUpkeep } from './presence-upkeep.js';

/** Deadlines carried out at once, so that a mass departure does not crowd out everything else. */
const BATCH = 32;

/**
 * Lets time pass for presence: a beat renews the lease and begins what is to be made good, and one timer waits for the
 * earliest deadline this node knows. It is exact, so that the moment of an offline says nothing about its cause. The
 * beat waits for the store alone: a node whose database stands still is not dead.
 */
@Injectable()
export class PresenceTicker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(PresenceTicker.name);
  private stopBeat: Cancel = () => undefined;
  private stopTimer: Cancel = () => undefined;
  /** When the timer goes off. */
  private timerAt = Infinity;
  private stopped = false;
  private readonly beat: Solo;
  private readonly deadlines: Solo;
  private readonly upkeep: readonly Solo[];

  constructor(
    private readonly store: PresenceStore,
    private readonly tracker: PresenceTracker,
    private readonly lease: PresenceLease,
    private readonly clock: Clock,
    { tasks }: PresenceUpkeep,
  ) {
    this.beat = this.solo(() => this.renew());
    this.deadlines = this.solo(() => this.carryOut());
    this.upkeep = tasks.map((task) => this.solo(task));
  }

  async onApplicationBootstrap(): Promise<void> {
    this.tracker.onOutcome(({ dueInMs }) => this.expect(dueInMs));
    await this.lease.renew();
    this.stopBeat = this.clock.every(this.lease.beatMs, () => this.beat.start());
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.stopBeat();
    this.stopTimer();
    await this.beat.idle();
    await Promise.all([this.deadlines, ...this.upkeep].map((task) => task.idle()));
    await this.tracker.idle();
    await this.lease.end();
    await this.tracker.finish();
  }

  private async renew(): Promise<void> {
    await this.lease.renew();
    for (const task of this.upkeep) task.start();
    this.deadlines.start();
  }

  private expect(inMs: number | null): void {
    if (inMs === null || this.stopped) return;
    const at = this.clock.now() + inMs;
    if (at >= this.timerAt) return;
    this.stopTimer();
    this.timerAt = at;
    this.stopTimer = this.clock.after(inMs, () => {
      this.timerAt = Infinity;
      this.deadlines.start();
    });
  }

  /** What comes in between is seen by the store when it is asked for the next deadline. */
  private async carryOut(): Promise<void> {
    for (;;) {
      const { outcomes, nextInMs } = await this.store.due(BATCH);
      await Promise.all(outcomes.map((outcome) => this.tracker.follow(outcome)));
      if (nextInMs === 0 && !this.stopped) continue;
      return this.expect(nextInMs);
    }
  }

  private solo(task: () => Promise<void>): Solo {
    return new Solo(task, (error) => this.logger.warn({ event: 'presence_tick_failed', error: String(error) }));
  }
}
