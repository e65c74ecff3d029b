import { Injectable } from '@nestjs/common';
import { NodeIdentity } from '../cluster/node-identity.js';
import { ClusterSettings } from '../config/settings.js';
import { PresenceStore } from './presence-store.js';
import { PresenceTracker } from './presence-tracker.js';
import { UsersHere } from './users-here.js';

const RENEWALS_PER_LEASE = 5;
const LONGEST_BEAT_MS = 1000;

/** This node's word that it lives: while it is kept, the node's claims hold. */
@Injectable()
export class PresenceLease {
  /** How often to renew. */
  readonly beatMs: number;

  constructor(
    private readonly store: PresenceStore,
    private readonly tracker: PresenceTracker,
    private readonly here: UsersHere,
    private readonly node: NodeIdentity,
    { nodeLeaseMs }: ClusterSettings,
  ) {
    this.beatMs = Math.min(LONGEST_BEAT_MS, nodeLeaseMs / RENEWALS_PER_LEASE);
  }

  /** Renews; claims everybody again if the others may have taken this node for dead; follows up on nodes found dead. */
  async renew(): Promise<void> {
    const { lapsed, outcomes } = await this.store.renew(this.node.id);
    const again = { kind: 'still_connected', node: this.node.id } as const;
    if (lapsed) await Promise.all(this.here.ids().map((userId) => this.tracker.claim(userId, again)));
    await Promise.all(outcomes.map((outcome) => this.tracker.follow(outcome)));
  }

  async end(): Promise<void> {
    const outcomes = await this.store.leave(this.node.id);
    await Promise.all(outcomes.map((outcome) => this.tracker.follow(outcome)));
  }
}
