import { Injectable } from '@nestjs/common';
import { first } from '../common/first.js';
import { type PresenceState, sameChoice } from './presence-state.js';
import { PresenceStore } from './presence-store.js';
import { PresenceTracker } from './presence-tracker.js';

/** Users looked at together. */
const BATCH = 100;

/**
 * Changes that the store was given and has not confirmed. Whoever tries again finds them made and has nothing to tell, so
 * the state is compared with the one before, and what has changed is followed up here.
 */
@Injectable()
export class PresenceDoubts {
  /** The state before the first change that is in doubt. */
  private readonly before = new Map<string, PresenceState>();

  constructor(
    private readonly store: PresenceStore,
    private readonly tracker: PresenceTracker,
  ) {
    store.onDoubt((userId, before) => this.note(userId, before));
  }

  /** Says what has come of them. @throws when the store is away: they stay in doubt */
  async settle(): Promise<void> {
    while (this.before.size > 0) await this.settleSome(first(this.before, BATCH));
  }

  private async settleSome(some: readonly [string, PresenceState][]): Promise<void> {
    // Whatever comes into doubt from here on is a matter of its own.
    for (const [userId] of some) this.before.delete(userId);
    const states = await this.read(some);
    await Promise.all(
      some.map(async ([userId, before]) => {
        const state = states.get(userId);
        if (state) await this.tracker.follow({ userId, state, ...difference(before, state), dueInMs: null });
      }),
    );
  }

  private async read(some: readonly [string, PresenceState][]): Promise<Map<string, PresenceState>> {
    try {
      return await this.store.read(some.map(([userId]) => userId));
    } catch (error) {
      for (const [userId, before] of some) this.note(userId, before);
      throw error;
    }
  }

  private note(userId: string, before: PresenceState): void {
    const known = this.before.get(userId);
    if (!known || known.revision > before.revision) this.before.set(userId, before);
  }
}

/** What others see keeps its version as long as it stays: of a change that was not made nobody is told anything. */
function difference(before: PresenceState, state: PresenceState): { visible: boolean; own: boolean } {
  return {
    visible: before.shown.version !== state.shown.version,
    own: !sameChoice(before.choice, state.choice),
  };
}
