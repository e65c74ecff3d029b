import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Signals } from '../cluster/signals.js';
import { type Cancel, Clock } from '../common/clock.js';
import { isUnavailable } from '../common/problem.js';
import { asProblem } from '../database/outage.js';

declare module '../cluster/signals.js' {
  interface SignalMap {
    recheck: { userIds: readonly string[] };
  }
}

/** When to look again after a write whose answer was lost, in milliseconds: a lock may keep it from being carried out for 50 s. */
const LOOK_AGAIN_MS = [2000, 10_000, 60_000];
/** What was found done already may be on its way to the nodes just now, in milliseconds. */
const UNDER_WAY_MS = 1000;

/** Lets every node compare the sockets of some users with the database, where nobody can say what has changed for them. */
@Injectable()
export class Rechecks implements OnApplicationShutdown {
  private readonly logger = new Logger(Rechecks.name);
  private readonly timers = new Set<Cancel>();
  /** Users whose turn comes soon. */
  private readonly soon = new Set<string>();

  constructor(
    private readonly signals: Signals,
    private readonly clock: Clock,
  ) {}

  /** Changes what is stored about the users. Where the database does not say whether it did, every node looks, until that is certain. */
  async afterDoubt<Result>(userIds: readonly string[], change: () => Promise<Result>): Promise<Result> {
    try {
      return await change();
    } catch (error) {
      if (isUnavailable(asProblem(error))) this.lookUntilCertain(userIds);
      throw error;
    }
  }

  /** The user was found to be as somebody wants them, maybe by a change that nobody was told of. */
  ask(userId: string): void {
    if (this.soon.has(userId)) return;
    this.soon.add(userId);
    this.after(UNDER_WAY_MS, () => {
      this.soon.delete(userId);
      this.signals.emit('recheck', { userIds: [userId] });
    });
  }

  onAsked(listener: (userIds: readonly string[]) => void): void {
    this.signals.on('recheck', ({ userIds }) => listener(userIds));
  }

  onApplicationShutdown(): void {
    for (const cancel of this.timers) cancel();
  }

  private lookUntilCertain(userIds: readonly string[]): void {
    this.logger.warn({ event: 'change_in_doubt', users: userIds.length });
    const look = () => this.signals.emit('recheck', { userIds });
    look();
    for (const inMs of LOOK_AGAIN_MS) this.after(inMs, look);
  }

  private after(ms: number, task: () => void): void {
    const cancel = this.clock.after(ms, () => {
      this.timers.delete(cancel);
      task();
    });
    this.timers.add(cancel);
  }
}
