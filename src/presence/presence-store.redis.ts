import { Injectable } from '@nestjs/common';
import { Turns } from '../common/turns.js';
import { ClusterSettings, PresenceSettings } from '../config/settings.js';
import { RedisOutage } from '../redis/outage.js';
import { Redis } from '../redis/redis.js';
import { PresenceRecords } from './presence-records.js';
import {
  apply,
  type Claim,
  nextDeadline,
  type Outcome,
  type PresenceState,
  type Remembered,
  restored,
  sameChoice,
} from './presence-state.js';
import { type Deadlines, PresenceStore, type Renewal } from './presence-store.js';

/** Each failed attempt means that somebody else's has succeeded; more than this in a row do not happen. */
const MAX_ATTEMPTS = 100;

/** Claims swept by one renewal: while it sweeps, a node does not renew its own lease. The next one goes on. */
const SWEPT_AT_ONCE = 2000;

interface Step {
  readonly userId: string;
  readonly claim: Claim;
  readonly from?: Remembered | undefined;
  /** Only while this node's lease does not hold. */
  readonly deadNode?: string | undefined;
  /** Write although nothing changes, so that a deadline that has passed goes. */
  readonly always?: boolean;
}

interface Change extends Outcome {
  readonly changed: boolean;
}

/** What was last known of a user who is here. */
type Seen = Pick<PresenceState, 'shown' | 'revision'>;

@Injectable()
export class RedisPresenceStore extends PresenceStore {
  private readonly records: PresenceRecords;
  private readonly graceMs: number;
  private readonly turns = new Turns();
  /** Departures from a node that Redis could not be told of. */
  private readonly untold = new Map<string, Claim>();
  /** For users with claims of this node: what Redis must not know less of than we do. */
  private readonly seen = new Map<string, Seen>();

  constructor(redis: Redis, { graceMs }: PresenceSettings, { nodeLeaseMs }: ClusterSettings) {
    super();
    this.graceMs = graceMs;
    this.records = new PresenceRecords(redis, graceMs, nodeLeaseMs);
  }

  claim(userId: string, claim: Claim, from?: Remembered): Promise<Outcome | undefined> {
    return this.turns.take(userId, async () => {
      if (isArrival(claim)) this.untold.delete(userId);
      if (claim.kind === 'gone') this.seen.delete(userId);
      try {
        const change = await this.carryOut({ userId, claim, from });
        if (change && isArrival(claim)) this.see(change);
        return change && outcomeOf(change);
      } catch (error) {
        if (claim.kind === 'gone' && error instanceof RedisOutage) this.untold.set(userId, claim);
        throw error;
      }
    });
  }

  read(userIds: readonly string[]): Promise<Map<string, PresenceState>> {
    return this.records.loadAll(userIds);
  }

  async due(limit: number): Promise<Deadlines> {
    const users = await this.records.due(limit);
    const changes = await Promise.all(
      users.map(async (userId) => {
        const change = await this.carryOut({ userId, claim: { kind: 'tick' }, always: true });
        if (!change) await this.records.dismiss(userId);
        return change;
      }),
    );
    return { outcomes: changes.flatMap(outcomesOf), nextInMs: await this.records.nextInMs() };
  }

  now(): Promise<number> {
    return this.records.now();
  }

  async renew(nodeId: string): Promise<Renewal> {
    const { lapsed, dead } = await this.records.renew(nodeId);
    const outcomes = await this.tellUntold();
    for (const [node, heardAt] of dead) outcomes.push(...(await this.drop(node, heardAt, false)));
    return { lapsed, outcomes };
  }

  leave(nodeId: string): Promise<Outcome[]> {
    return this.drop(nodeId, undefined, true);
  }

  private async tellUntold(): Promise<Outcome[]> {
    const changes = [...this.untold.keys()].map((userId) =>
      this.turns.take(userId, async () => {
        const claim = this.untold.get(userId);
        const change = claim && (await this.carryOut({ userId, claim }));
        this.untold.delete(userId);
        return change;
      }),
    );
    return (await Promise.all(changes)).flatMap(outcomesOf);
  }

  /** Ends all claims of a node. @param leaves whether it says so itself; else only as long as it is dead */
  private async drop(node: string, since: number | undefined, leaves: boolean): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const claim: Claim = { kind: 'gone', node, ...(since !== undefined && { since }) };
    for (let left = 1, handled = 0; left > 0 && (leaves || handled < SWEPT_AT_ONCE);) {
      const users = await this.records.usersOf(node);
      const steps = users.map((userId) => this.carryOut({ userId, claim, deadNode: leaves ? undefined : node }));
      outcomes.push(...(await Promise.all(steps)).flatMap(outcomesOf));
      left = await this.records.clear(node, users, leaves);
      handled += users.length;
    }
    return outcomes;
  }

  /** Works the claim out on what is stored, and anew when that has changed before it could be written. */
  private async carryOut(step: Step): Promise<Change | undefined> {
    const { userId, claim, deadNode, always = false } = step;
    let reading = await this.records.load(userId);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { now, state: stored } = reading;
      const before = this.startingPoint(step, stored);
      if (!before) return undefined;
      const state = apply(before, claim, now, this.graceMs);
      const change = this.describe(userId, before, state, now);
      if (before === stored && state === before && !always) return change;
      const written = await this.records.save({ userId, stored, state, deadNode });
      if (written.result === 'written' && this.seen.has(userId)) this.see(change);
      if (written.result === 'written') return change;
      if (written.result === 'node_lives') return undefined;
      reading = written;
    }
    throw new RedisOutage('too much contention');
  }

  /** A store that knows less than this node has seen has lost its memory: others still see what they saw. */
  private startingPoint({ userId, claim, from }: Step, stored: PresenceState | undefined): PresenceState | undefined {
    const seen = this.seen.get(userId);
    const isOutdated = stored && seen && stored.revision < seen.revision;
    if (stored && !(isOutdated && isArrival(claim))) return stored;
    return from && { ...restored(from), ...(seen && { shown: seen.shown }) };
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

  private see({ userId, state: { shown, revision } }: Change): void {
    this.seen.set(userId, { shown, revision });
  }
}

function isArrival({ kind }: Claim): boolean {
  return kind === 'connected' || kind === 'still_connected';
}

function outcomeOf({ userId, state, visible, own, dueInMs }: Change): Outcome {
  return { userId, state, visible, own, dueInMs };
}

function outcomesOf(change: Change | undefined): Outcome[] {
  return change?.changed ? [outcomeOf(change)] : [];
}
