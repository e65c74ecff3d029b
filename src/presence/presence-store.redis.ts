import { Injectable, Logger } from '@nestjs/common';
import { first } from '../common/first.js';
import { Turns } from '../common/turns.js';
import { ClusterSettings, PresenceSettings } from '../config/settings.js';
import { RedisOutage } from '../redis/outage.js';
import { Redis } from '../redis/redis.js';
import { type Change, PresenceChanges } from './presence-changes.js';
import { PresenceRecords } from './presence-records.js';
import { type Claim, isArrival, type Outcome, type PresenceState, type Remembered } from './presence-state.js';
import { type Deadlines, PresenceStore } from './presence-store.js';

/** Claims ended by one sweep, of a dead node or of this node's untold; the next one goes on. */
const SWEPT_AT_ONCE = 2000;
/** Departures told together. */
const TOLD_AT_ONCE = 100;

/** What came of many users. Those that failed are left for later; what came of the others has to be told all the same. */
interface Several {
  readonly outcomes: Outcome[];
  readonly failed: ReadonlySet<string>;
}

@Injectable()
export class RedisPresenceStore extends PresenceStore {
  private readonly logger = new Logger(PresenceStore.name);
  private readonly records: PresenceRecords;
  private readonly changes: PresenceChanges;
  private readonly turns = new Turns();
  /** Departures from a node that Redis could not be told of. */
  private readonly untold = new Map<string, Claim>();

  constructor(redis: Redis, { graceMs }: PresenceSettings, { nodeLeaseMs }: ClusterSettings) {
    super();
    this.records = new PresenceRecords(redis, graceMs, nodeLeaseMs);
    this.changes = new PresenceChanges(this.records, graceMs, (userId, before) => this.doubt(userId, before));
  }

  claim(userId: string, claim: Claim, from?: Remembered): Promise<Outcome | undefined> {
    return this.turns.take(userId, async () => {
      if (isArrival(claim)) this.untold.delete(userId);
      if (claim.kind === 'gone') this.changes.forget(userId);
      try {
        const change = await this.changes.carryOut({ userId, claim, from });
        if (change && isArrival(claim)) this.changes.see(change);
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
    const { outcomes } = await this.several(users, async (userId) => {
      const change = await this.changes.carryOut({ userId, claim: { kind: 'tick' }, always: true });
      if (!change) await this.records.dismiss(userId);
      return change;
    });
    return { outcomes, nextInMs: await this.records.nextInMs().catch((error: unknown) => this.postpone(error)) };
  }

  now(): Promise<number> {
    return this.records.now();
  }

  renew(nodeId: string): Promise<boolean> {
    return this.records.renew(nodeId);
  }

  async sweep(): Promise<Outcome[]> {
    const dead = await this.records.dead();
    const outcomes = await this.tellUntold();
    for (const [node, heardAt] of dead) outcomes.push(...(await this.drop(node, heardAt, false)));
    return outcomes;
  }

  leave(nodeId: string): Promise<Outcome[]> {
    return this.drop(nodeId, undefined, true);
  }

  private async tellUntold(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let told = 0; this.untold.size > 0 && told < SWEPT_AT_ONCE; told += TOLD_AT_ONCE) {
      const users = first(this.untold.keys(), TOLD_AT_ONCE);
      const some = await this.several(users, (userId) => this.turns.take(userId, () => this.tell(userId)));
      outcomes.push(...some.outcomes);
      if (some.failed.size > 0) break;
    }
    return outcomes;
  }

  private async tell(userId: string): Promise<Change | undefined> {
    const claim = this.untold.get(userId);
    if (!claim) return undefined;
    this.untold.delete(userId);
    try {
      return await this.changes.carryOut({ userId, claim });
    } catch (error) {
      this.untold.set(userId, claim);
      throw error;
    }
  }

  /** Ends all claims of a node. @param leaves whether it says so itself; else only as long as it is dead */
  private async drop(node: string, since: number | undefined, leaves: boolean): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const claim: Claim = { kind: 'gone', node, ...(since !== undefined && { since }) };
    const deadNode = leaves ? undefined : node;
    try {
      for (let left = 1, handled = 0; left > 0 && (leaves || handled < SWEPT_AT_ONCE);) {
        const users = await this.records.usersOf(node);
        const some = await this.several(users, (userId) => this.changes.carryOut({ userId, claim, deadNode }));
        outcomes.push(...some.outcomes);
        const ended = users.filter((userId) => !some.failed.has(userId));
        left = await this.records.clear(node, ended, leaves);
        handled += users.length;
        if (some.failed.size > 0) break;
      }
    } catch (error) {
      this.postpone(error);
    }
    return outcomes;
  }

  private async several(
    users: readonly string[],
    task: (userId: string) => Promise<Change | undefined>,
  ): Promise<Several> {
    const failed = new Set<string>();
    let cause: unknown;
    const attempt = async (userId: string) => {
      try {
        return await task(userId);
      } catch (error) {
        failed.add(userId);
        cause = error;
        return undefined;
      }
    };
    const changes = await Promise.all(users.map(attempt));
    if (failed.size > 0) this.postpone(cause);
    return { outcomes: changes.flatMap(outcomesOf), failed };
  }

  /** What could not be done is done by a later beat, here or on another node. */
  private postpone(error: unknown): null {
    this.logger.warn({ event: 'presence_left_for_later', error: String(error) });
    return null;
  }
}

function outcomeOf({ userId, state, visible, own, dueInMs }: Change): Outcome {
  return { userId, state, visible, own, dueInMs };
}

function outcomesOf(change: Change | undefined): Outcome[] {
  return change?.changed ? [outcomeOf(change)] : [];
}
