import { RedisOutage } from '../redis/outage.js';
import type { PresenceRecords, Writing, Written } from './presence-records.js';
import {
  apply,
  type Claim,
  isArrival,
  nextDeadline,
  type Outcome,
  type PresenceState,
  type Remembered,
  restored,
  sameChoice,
} from './presence-state.js';

/** Each failed attempt means that somebody else's has succeeded; more than this in a row do not happen. */
const MAX_ATTEMPTS = 100;

interface Step {
  readonly userId: string;
  readonly claim: Claim;
  readonly from?: Remembered | undefined;
  /** Only while this node's lease does not hold. */
  readonly deadNode?: string | undefined;
  /** Write although nothing changes, so that a deadline that has passed goes. */
  readonly always?: boolean;
}

/** What a claim has done, or would have. */
export interface Change extends Outcome {
  readonly changed: boolean;
}

/** What was last known of a user who is here. */
type Seen = Pick<PresenceState, 'shown' | 'revision'>;

/** The changes of one user at a time: worked out here, written where nothing else was written meanwhile. */
export class PresenceChanges {
  /** For users with claims of this node: what Redis must not know less of than we do. */
  private readonly seen = new Map<string, Seen>();

  /** @param doubt told of a change that was given to Redis and not confirmed, with the state before it */
  constructor(
    private readonly records: PresenceRecords,
    private readonly graceMs: number,
    private readonly doubt: (userId: string, before: PresenceState) => void,
  ) {}

  /** Works the claim out on what is stored, and anew when that has changed before it could be written. */
  async carryOut(step: Step): Promise<Change | undefined> {
    const { userId, claim, deadNode, always = false } = step;
    let reading = await this.records.load(userId);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { now, state: stored } = reading;
      const before = this.startingPoint(step, stored);
      if (!before) return undefined;
      const state = apply(before, claim, now, this.graceMs);
      const change = this.describe(userId, before, state, now);
      if (before === stored && state === before && !always) return change;
      const written = await this.save({ userId, stored, state, deadNode }, before);
      if (written.result === 'written' && this.seen.has(userId)) this.see(change);
      if (written.result === 'written') return change;
      if (written.result === 'node_lives') return undefined;
      reading = written;
    }
    throw new RedisOutage('too much contention');
  }

  /** From now on Redis must not know less of the user than this. */
  see({ userId, state: { shown, revision } }: Change): void {
    this.seen.set(userId, { shown, revision });
  }

  forget(userId: string): void {
    this.seen.delete(userId);
  }

  private async save(writing: Writing, before: PresenceState): Promise<Written> {
    try {
      return await this.records.save(writing);
    } catch (error) {
      if (error instanceof RedisOutage) this.doubt(writing.userId, before);
      throw error;
    }
  }

  /** A store that knows less than this node has seen has lost its memory: others still see what they saw. */
  private startingPoint({ userId, claim, from }: Step, stored: PresenceState | undefined): PresenceState | undefined {
    const seen = this.seen.get(userId);
    const isOutdated = stored && seen && stored.revision < seen.revision;
    if (stored && !(isOutdated && isArrival(claim))) return stored;
    if (!from) return undefined;
    const { revision, ...state } = restored(from);
    return { ...state, ...(seen && { shown: seen.shown }), revision: Math.max(revision, seen?.revision ?? 0) };
  }

  private describe(userId: string, before: PresenceState, state: PresenceState, now: number): Change {
    const deadline = nextDeadline(state, this.graceMs);
    return {
      userId,
      state,
      visible: before.shown !== state.shown,
      own: !sameChoice(before.choice, state.choice),
      dueInMs: deadline === null ? null : Math.max(0, deadline - now),
      changed: before !== state,
    };
  }
}
