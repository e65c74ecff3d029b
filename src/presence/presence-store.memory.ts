import { Injectable } from '@nestjs/common';
import { MemoryBackend } from '../cluster/memory-backend.js';
import { Clock } from '../common/clock.js';
import type { Soon } from '../common/soon.js';
import { ClusterSettings, PresenceSettings } from '../config/settings.js';
import { DeadlineQueue } from './deadline-queue.js';
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
import { type Deadlines, GONE_KEPT_MS, PresenceStore } from './presence-store.js';

class Shared {
  readonly states = new Map<string, PresenceState>();
  readonly deadlines = new DeadlineQueue();
  /** Users who are gone, and since when, in that order. */
  readonly gone = new Map<string, number>();
  /** Node → when it last renewed its lease. */
  readonly leases = new Map<string, number>();
  /** Node → how many users it claims. */
  readonly claims = new Map<string, number>();
}

@Injectable()
export class MemoryPresenceStore extends PresenceStore {
  private readonly shared: Shared;

  constructor(
    backend: MemoryBackend,
    private readonly clock: Clock,
    private readonly presence: PresenceSettings,
    private readonly cluster: ClusterSettings,
  ) {
    super();
    this.shared = backend.shared('presence', () => new Shared());
  }

  claim(userId: string, claim: Claim, from?: Remembered): Soon<Outcome | undefined> {
    const before = this.shared.states.get(userId) ?? (from && restored(from));
    return before && this.carryOut(userId, before, claim);
  }

  read(userIds: readonly string[]): Soon<Map<string, PresenceState>> {
    const found = new Map<string, PresenceState>();
    for (const userId of userIds) {
      const state = this.shared.states.get(userId);
      if (state) found.set(userId, state);
    }
    return found;
  }

  async due(limit: number): Promise<Deadlines> {
    this.forget();
    const { deadlines } = this.shared;
    const users: string[] = [];
    for (let user = deadlines.take(this.clock.now()); user !== undefined; user = deadlines.take(this.clock.now())) {
      if (users.push(user) === limit) break;
    }
    const outcomes = this.forEach(users, { kind: 'tick' });
    return { outcomes, nextInMs: this.msUntil(deadlines.next()) };
  }

  async now(): Promise<number> {
    return this.clock.now();
  }

  async renew(nodeId: string): Promise<boolean> {
    const lapsed = !this.isAlive(nodeId);
    this.shared.leases.set(nodeId, this.clock.now());
    return lapsed;
  }

  async sweep(): Promise<Outcome[]> {
    const dead = [...this.shared.claims.keys()].filter((node) => !this.isAlive(node));
    return dead.flatMap((node) => this.drop(node, this.shared.leases.get(node) ?? 0));
  }

  async leave(nodeId: string): Promise<Outcome[]> {
    return this.drop(nodeId, this.clock.now());
  }

  private isAlive(nodeId: string): boolean {
    const renewedAt = this.shared.leases.get(nodeId);
    return renewedAt !== undefined && renewedAt + this.cluster.nodeLeaseMs > this.clock.now();
  }

  private drop(nodeId: string, since: number): Outcome[] {
    this.shared.leases.delete(nodeId);
    if (!this.shared.claims.has(nodeId)) return [];
    const users = [...this.shared.states].filter(([, { nodes }]) => nodes.includes(nodeId)).map(([userId]) => userId);
    return this.forEach(users, { kind: 'gone', node: nodeId, since });
  }

  private forEach(users: readonly string[], claim: Claim): Outcome[] {
    const { states } = this.shared;
    return users.flatMap((userId) => {
      const before = states.get(userId);
      const after = before && this.carryOut(userId, before, claim);
      return after && after.state !== before ? [after] : [];
    });
  }

  private carryOut(userId: string, before: PresenceState, claim: Claim): Outcome {
    const { graceMs } = this.presence;
    const state = apply(before, claim, this.clock.now(), graceMs);
    const deadline = nextDeadline(state, graceMs);
    this.keep(userId, state, deadline);
    this.count(before.nodes, state.nodes);
    return {
      userId,
      state,
      visible: before.shown !== state.shown,
      own: !sameChoice(before.choice, state.choice),
      dueInMs: this.msUntil(deadline),
    };
  }

  private msUntil(deadline: number | null): number | null {
    return deadline === null ? null : Math.max(0, deadline - this.clock.now());
  }

  private keep(userId: string, state: PresenceState, deadline: number | null): void {
    const { states, deadlines, gone } = this.shared;
    states.set(userId, state);
    deadlines.set(userId, deadline);
    gone.delete(userId);
    if (state.nodes.length === 0 && state.emptySince === null) gone.set(userId, this.clock.now());
  }

  private count(before: readonly string[], after: readonly string[]): void {
    if (before === after) return;
    const { claims } = this.shared;
    for (const node of after) if (!before.includes(node)) claims.set(node, (claims.get(node) ?? 0) + 1);
    for (const node of before) {
      if (after.includes(node)) continue;
      const left = (claims.get(node) ?? 1) - 1;
      if (left > 0) claims.set(node, left);
      else claims.delete(node);
    }
  }

  private forget(): void {
    const { gone, states } = this.shared;
    for (const [userId, since] of gone) {
      if (since + GONE_KEPT_MS > this.clock.now()) return;
      gone.delete(userId);
      states.delete(userId);
    }
  }
}
