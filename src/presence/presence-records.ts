import { portions } from '../common/portions.js';
import type { Redis } from '../redis/redis.js';
import { nextDeadline, type PresenceState } from './presence-state.js';
import { GONE_KEPT_MS } from './presence-store.js';
import { CLEAR, DEAD, DISMISS, DUE, LOAD, LOAD_ALL, NEXT, NOW, RENEW, SAVE } from './presence-scripts.js';

/** States read by one script, so that none keeps Redis from others for long. */
const CHUNK = 200;
/** How long a deadline is left to the node that was given it, in milliseconds. Longer than two calls take that fail. */
const HANDED_OUT_MS = 3000;

/** A state, and the time by Redis at which it was read. */
export interface Reading {
  readonly now: number;
  readonly state: PresenceState | undefined;
}

export interface Writing {
  readonly userId: string;
  /** What must still be there. */
  readonly stored: PresenceState | undefined;
  readonly state: PresenceState;
  /** Written only while this node's lease does not hold. */
  readonly deadNode?: string | undefined;
}

export type Written = Reading & { readonly result: 'written' | 'changed' | 'node_lives' };

const RESULTS = { 0: 'changed', 1: 'written', 2: 'node_lives' } as const;

/** The states of users in Redis, their deadlines, and which node claims whom. */
export class PresenceRecords {
  constructor(
    private readonly redis: Redis,
    private readonly graceMs: number,
    private readonly leaseMs: number,
  ) {}

  async load(userId: string): Promise<Reading> {
    const [now, text] = await this.redis.eval<[number, string | null]>(LOAD, [this.keys.user(userId)], []);
    return { now, state: parse(text) };
  }

  async loadAll(userIds: readonly string[]): Promise<Map<string, PresenceState>> {
    const found = new Map<string, PresenceState>();
    for (const some of portions(userIds, CHUNK)) {
      const keys = some.map((userId) => this.keys.user(userId));
      const texts = await this.redis.eval<(string | null)[]>(LOAD_ALL, keys, []);
      for (const [index, userId] of some.entries()) {
        const state = parse(texts[index] ?? null);
        if (state) found.set(userId, state);
      }
    }
    return found;
  }

  async save({ userId, stored, state, deadNode = '' }: Writing): Promise<Written> {
    const { deadlines, leases, byNode } = this.keys;
    const isGone = state.nodes.length === 0 && state.emptySince === null;
    const args = [
      userId,
      stored?.revision ?? '',
      state.revision,
      JSON.stringify(state),
      nextDeadline(state, this.graceMs) ?? '',
      isGone ? GONE_KEPT_MS : 0,
      deadNode,
      this.leaseMs,
      byNode,
      ...moves(stored?.nodes ?? [], state.nodes),
    ];
    const keys = [this.keys.user(userId), deadlines, leases];
    const [code, now, text] = await this.redis.eval<[0 | 1 | 2, number, string | null]>(SAVE, keys, args);
    return { result: RESULTS[code], now, state: parse(text) };
  }

  now(): Promise<number> {
    return this.redis.eval<number>(NOW, [this.keys.deadlines], []);
  }

  /** Users whose deadlines have passed. Until they are saved, or for some seconds, no other node is given them. */
  due(limit: number): Promise<string[]> {
    return this.redis.eval<string[]>(DUE, [this.keys.deadlines], [limit, HANDED_OUT_MS]);
  }

  async nextInMs(): Promise<number | null> {
    const ms = await this.redis.eval<number>(NEXT, [this.keys.deadlines], []);
    return ms < 0 ? null : ms;
  }

  async dismiss(userId: string): Promise<void> {
    await this.redis.eval(DISMISS, [this.keys.user(userId), this.keys.deadlines], [userId]);
  }

  /** @returns whether the lease had run out */
  async renew(nodeId: string): Promise<boolean> {
    return (await this.redis.eval<number>(RENEW, [this.keys.leases], [nodeId, this.leaseMs])) === 1;
  }

  /** The nodes whose lease has run out, each with when it was last heard of. */
  dead(): Promise<[node: string, heardAt: number][]> {
    return this.redis.eval<[string, number][]>(DEAD, [this.keys.leases], [this.leaseMs]);
  }

  /** Some of the users whom the node claims. */
  usersOf(nodeId: string): Promise<string[]> {
    return this.redis.send<string[]>('SRANDMEMBER', this.keys.ofNode(nodeId), CHUNK);
  }

  /** Takes users off the list of a node that is dead (or leaves), and the node off the list of nodes when it has none. @returns how many it has */
  clear(nodeId: string, users: readonly string[], leaves: boolean): Promise<number> {
    const keys = [this.keys.leases, this.keys.ofNode(nodeId)];
    return this.redis.eval<number>(CLEAR, keys, [nodeId, leaves ? 0 : this.leaseMs, ...users]);
  }

  private get keys() {
    return this.redis.keys.presence;
  }
}

function moves(before: readonly string[], after: readonly string[]): string[] {
  const joined = after.filter((node) => !before.includes(node)).map((node) => `+${node}`);
  return [...joined, ...before.filter((node) => !after.includes(node)).map((node) => `-${node}`)];
}

function parse(text: string | null): PresenceState | undefined {
  return text === null ? undefined : (JSON.parse(text) as PresenceState);
}
