import { Injectable } from '@nestjs/common';
import { PresenceAnnouncer } from './presence-announcer.js';
import { PresenceDoubts } from './presence-doubts.js';
import { PresenceLease } from './presence-lease.js';
import { PresenceStore } from './presence-store.js';
import { PresenceTracker } from './presence-tracker.js';

/** What is to be made good after a renewal of the lease: it shows that the store is there. */
@Injectable()
export class PresenceUpkeep {
  constructor(
    private readonly store: PresenceStore,
    private readonly tracker: PresenceTracker,
    private readonly announcer: PresenceAnnouncer,
    private readonly lease: PresenceLease,
    private readonly doubts: PresenceDoubts,
  ) {}

  /** The tasks. They may take long, as the database may, and do not wait for each other. */
  readonly tasks: readonly (() => Promise<void>)[] = [
    () => this.lease.claimOwed(),
    () => this.sweep(),
    () => this.doubts.settle(),
    () => this.announcer.settle(),
  ];

  private async sweep(): Promise<void> {
    const outcomes = await this.store.sweep();
    await Promise.all(outcomes.map((outcome) => this.tracker.follow(outcome)));
  }
}
