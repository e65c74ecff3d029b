import fc from 'fast-check';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import {
  type Choice,
  type Outcome,
  type Remembered,
  remembered,
  type Shown,
} from '../../src/presence/presence-state.js';
import { MemoryPresenceStore } from '../../src/presence/presence-store.memory.js';
import { TestClock } from './test-clock.js';

export const GRACE_MS = 5000;
export const LEASE_MS = 10_000;
export const LONGEST_WAIT_MS = 25_000;
const NODES = ['a', 'b', 'c', 'steady'] as const;
export const USERS = ['u', 'v'] as const;
const NEVER: Remembered = { choice: null, version: 0, lastSeenAt: null, revision: 0 };

export type Node = (typeof NODES)[number];
export type Step =
  | { readonly do: 'connect' | 'close'; readonly user: string; readonly node: Node }
  | { readonly do: 'sendAway'; readonly user: string; readonly node: Node; readonly backInMs: number }
  | {
      readonly do: 'choose';
      readonly user: string;
      readonly status: Choice['status'] | 'online';
      readonly forMs: number | null;
    }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'crash' | 'restart'; readonly node: Node };

const user = fc.constantFrom(...USERS);
/** One node never crashes: somebody must be there to find the others dead. */
const node = fc.constantFrom('a', 'b', 'c');
export const wait = fc.record({
  do: fc.constant('wait' as const),
  ms: fc.constantFrom(1, 700, 4999, 5000, 5001, 20_000),
});
export const connect = fc.record({ do: fc.constant('connect' as const), user, node });
export const close = fc.record({ do: fc.constant('close' as const), user, node });
const backInMs = fc.constantFrom(0, 1, 3000, LONGEST_WAIT_MS);
export const sendAway = fc.record({ do: fc.constant('sendAway' as const), user, node, backInMs });
export const choose = fc.record({
  do: fc.constant('choose' as const),
  user,
  status: fc.constantFrom('online', 'away', 'busy', 'invisible', 'offline'),
  forMs: fc.constantFrom(null, 1000, 30_000),
});
export const crash = fc.record({ do: fc.constantFrom('crash' as const, 'restart' as const), node });
export const step = fc.oneof(wait, connect, close, sendAway, choose, crash) as fc.Arbitrary<Step>;
export const anything = fc.array(step, { maxLength: 60, size: 'max' });

/** What the users are known to have done, worked out anew by the sentences of the protocol. */
export class Model {
  private readonly sockets = new Map<string, Set<Node>>();
  private readonly choices = new Map<string, { status: string; until: number }>();

  connect(who: string, where: Node): void {
    this.sockets.set(who, (this.sockets.get(who) ?? new Set()).add(where));
    if (this.choices.get(who)?.status === 'offline') this.choices.delete(who);
  }

  close(who: string, where: Node): void {
    this.sockets.get(who)?.delete(where);
  }

  choose(who: string, status: string, until: number): void {
    this.choices.set(who, { status, until });
  }

  crash(where: Node): void {
    for (const sockets of this.sockets.values()) sockets.delete(where);
  }

  /** What others see once everything has settled. */
  shown(who: string, now: number): string {
    if (!this.sockets.get(who)?.size) return 'offline';
    const choice = this.choices.get(who);
    if (!choice || choice.until <= now) return 'online';
    return choice.status === 'invisible' ? 'offline' : choice.status;
  }
}

/** Several nodes over one store, and an observer who sees nothing but what is announced. */
export class Run {
  readonly clock = new TestClock(1_800_000_000_000);
  readonly announced: { user: string; shown: Shown; at: number }[] = [];
  readonly model = new Model();
  /** What the database would hold: the store forgets who is long gone. */
  private readonly memory = new Map<string, Remembered>();
  private readonly backend = new MemoryBackend();
  private readonly stores = new Map(NODES.map((name) => [name, this.store()]));
  private readonly alive = new Set<Node>(NODES);

  async take(steps: readonly Step[]): Promise<void> {
    await this.beat();
    for (const step of steps) await this.step(step);
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        return this.wait(step.ms);
      case 'crash':
        this.alive.delete(step.node);
        this.model.crash(step.node);
        return;
      case 'restart':
        // A new process under the old name would be a new node: it comes back once it has been found dead.
        if (this.alive.has(step.node)) return;
        await this.wait(LEASE_MS);
        this.alive.add(step.node);
        return this.beat();
      case 'choose': {
        const choice = step.status === 'online' ? null : { status: step.status, expiresAt: this.until(step.forMs) };
        this.model.choose(step.user, step.status, this.until(step.forMs) ?? Infinity);
        return this.claim(step.user, { kind: 'chosen', choice }, 'steady');
      }
      case 'sendAway':
        if (!this.alive.has(step.node)) return;
        this.model.close(step.user, step.node);
        return this.claim(step.user, { kind: 'gone', node: step.node, backInMs: step.backInMs }, step.node);
      default:
        if (!this.alive.has(step.node)) return;
        this.model[step.do](step.user, step.node);
        return this.claim(
          step.user,
          { kind: step.do === 'connect' ? 'connected' : 'gone', node: step.node },
          step.node,
        );
    }
  }

  async shown(who: string): Promise<Shown | undefined> {
    return (await this.stores.get('steady')!.read([who])).get(who)?.shown;
  }

  private until(forMs: number | null): number | null {
    return forMs === null ? null : this.clock.now() + forMs;
  }

  private async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      await this.clock.advance(Math.min(left, 1000));
      await this.beat();
    }
  }

  private async beat(): Promise<void> {
    for (const name of this.alive) await this.stores.get(name)!.renew(name);
    for (const name of this.alive) this.hear(await this.stores.get(name)!.sweep());
    for (const name of this.alive) this.hear((await this.stores.get(name)!.due(100)).outcomes);
  }

  private async claim(who: string, claim: Parameters<MemoryPresenceStore['claim']>[1], where: Node): Promise<void> {
    const store = this.stores.get(where)!;
    const outcome = (await store.claim(who, claim)) ?? (await store.claim(who, claim, this.memory.get(who) ?? NEVER));
    this.hear([outcome!]);
  }

  private hear(outcomes: readonly Outcome[]): void {
    for (const { userId, visible, state } of outcomes) {
      this.memory.set(userId, remembered(state, this.clock.now()));
      if (visible) this.announced.push({ user: userId, shown: state.shown, at: this.clock.now() });
    }
  }

  private store(): MemoryPresenceStore {
    const presence = { graceMs: GRACE_MS, autoWatch: 100, statusRate: null };
    const cluster = { redisUrls: undefined, redisPrefix: 'hadir', nodeLeaseMs: LEASE_MS };
    return new MemoryPresenceStore(this.backend, this.clock, presence, cluster);
  }
}
