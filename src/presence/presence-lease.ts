import { Injectable, Logger } from '@nestjs/common';
import { NodeIdentity } from '../cluster/node-identity.js';
import { first } from '../common/first.js';
import { isUnavailable } from '../common/problem.js';
import { goOn, type Soon } from '../common/soon.js';
import { ClusterSettings } from '../config/settings.js';
import type { Status } from '../protocol/index.js';
import { ownStatus } from './presence-state.js';
import { PresenceStore } from './presence-store.js';
import { PresenceTracker } from './presence-tracker.js';
import { UsersHere } from './users-here.js';

const RENEWALS_PER_LEASE = 5;
const LONGEST_BEAT_MS = 1000;
/**
 * Renewals after an outage before newcomers are claimed. The store may have lost its memory, and another node may have
 * the same user and know what others see: nobody is to hear of them once more.
 */
const NEWCOMERS_AFTER = 2;
/** Claims made again at once. */
const BATCH = 100;
/** Claims made again in one go. The next one goes on. */
const BATCHES_PER_BEAT = 20;

/** What this node says of itself and its users, and its word that it lives: while that is kept, its claims hold. */
@Injectable()
export class PresenceLease {
  /** How often to renew. */
  readonly beatMs: number;
  private readonly logger = new Logger(PresenceLease.name);
  private readonly listeners: (() => void)[] = [];
  /** Users with sockets here whose claim the store does not have, or may have lost. */
  private readonly owed = new Map<string, 'connected' | 'still_connected'>();
  /** The lease may have run out without this node knowing: it was renewed, or not, and the answer was lost. */
  private isUncertain = false;
  /** Since the lease was last in doubt. */
  private renewals = 0;

  constructor(
    private readonly store: PresenceStore,
    private readonly tracker: PresenceTracker,
    private readonly here: UsersHere,
    private readonly node: NodeIdentity,
    { nodeLeaseMs }: ClusterSettings,
  ) {
    this.beatMs = Math.min(LONGEST_BEAT_MS, nodeLeaseMs / RENEWALS_PER_LEASE);
  }

  /** Calls back whenever the lease was renewed and what was owed is claimed: the store is there. */
  onRenewed(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** A socket of the user opened. While the store is away the claim is owed. @returns the user's own status */
  arrive(userId: string): Soon<Status> {
    const outcome = this.tracker.claim(userId, { kind: 'connected', node: this.node.id });
    const status = goOn(outcome, ({ state }) => ownStatus(state));
    return status instanceof Promise ? status.catch((error: unknown) => this.owe(userId, error)) : status;
  }

  /** The user's last socket here closed. @param backInMs by when all that were sent away were told to be back */
  depart(userId: string, backInMs?: number): Soon<unknown> {
    this.owed.delete(userId);
    const told = backInMs === undefined ? {} : { backInMs };
    return this.tracker.claim(userId, { kind: 'gone', node: this.node.id, ...told });
  }

  /** Waits for the store and nothing else. If the others may have taken this node for dead, everybody's claim is owed. */
  async renew(): Promise<void> {
    const wasUncertain = this.isUncertain;
    this.isUncertain = true;
    const lapsed = await this.store.renew(this.node.id);
    this.isUncertain = false;
    this.renewals += 1;
    if (!lapsed && !wasUncertain) return;
    this.renewals = 0;
    for (const userId of this.here.ids()) if (!this.owed.has(userId)) this.owed.set(userId, 'still_connected');
  }

  /** Makes the claims that are owed. */
  async claimOwed(): Promise<void> {
    for (let batch = 0; batch < BATCHES_PER_BEAT && (await this.claimSome()); batch += 1);
    for (const listener of this.listeners) listener();
  }

  /** Leaves in good order. Where the store is away the others will find the lease run out. */
  async end(): Promise<void> {
    try {
      const outcomes = await this.store.leave(this.node.id);
      await Promise.all(outcomes.map((outcome) => this.tracker.follow(outcome)));
    } catch (error) {
      this.logger.warn({ event: 'left_without_a_word', error: String(error) });
    }
  }

  private async owe(userId: string, error: unknown): Promise<Status> {
    if (!isUnavailable(error)) throw error;
    if (this.here.has(userId)) this.owed.set(userId, 'connected');
    const choice = await this.tracker.rememberedChoice(userId);
    return choice?.status === 'offline' ? 'online' : ownStatus({ choice });
  }

  /** @returns whether there was anything to claim */
  private async claimSome(): Promise<boolean> {
    const some = first(this.claimable(), BATCH);
    await Promise.all(
      some.map(async ([userId, kind]) => {
        if (this.here.has(userId)) await this.tracker.claim(userId, { kind, node: this.node.id });
        this.owed.delete(userId);
      }),
    );
    return some.length > 0;
  }

  private *claimable(): Iterable<[userId: string, kind: 'connected' | 'still_connected']> {
    for (const entry of this.owed) {
      if (entry[1] === 'still_connected' || this.renewals >= NEWCOMERS_AFTER) yield entry;
    }
  }
}
