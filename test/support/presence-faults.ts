import fc from 'fast-check';
import { expect } from 'vitest';
import { CLEAR, DEAD, DUE, LOAD, NEXT, RENEW, SAVE } from '../../src/presence/presence-scripts.js';
import type { ShownPresence } from '../../src/protocol/index.js';
import { type PresenceNode, PresenceNodes } from './presence-node.js';
import { Model, USERS } from './presence-run.js';
import { GRACE_MS, LEASE_MS } from './presence-stores.js';

const NODES = ['a', 'b'] as const;
const SCRIPTS = { CLEAR, DEAD, DUE, LOAD, NEXT, RENEW, SAVE };
const LONGEST_CHOICE_MS = 9000;

const user = fc.constantFrom(...USERS);
const node = fc.constantFrom(...NODES);
const wait = fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 3, 6, 12) });
const move = fc.record({ do: fc.constantFrom('connect' as const, 'close' as const), user, node });
/** Not offline: it ends with the next connection, and when that is depends on when Redis hears of it. */
const choose = fc.record({
  do: fc.constant('choose' as const),
  user,
  node,
  status: fc.constantFrom('online', 'away', 'busy', 'invisible'),
  forMs: fc.constantFrom(null, 1000, LONGEST_CHOICE_MS),
});
const script = fc.constantFrom<keyof typeof SCRIPTS>('CLEAR', 'DEAD', 'DUE', 'LOAD', 'NEXT', 'RENEW', 'SAVE', 'SAVE');
const lose = fc.record({ do: fc.constant('lose' as const), node, script });
/** Redis away from a node and back; a process that stands still and goes on, after its lease or before. */
const fault = fc.record({ do: fc.constantFrom('cut' as const, 'heal' as const, 'stop' as const, 'go' as const), node });
const step = fc.oneof(wait, move, choose, lose, fault);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** What it takes several unlikely steps to come to: the others find a node dead, and its first words then get lost. */
const lapse = fc.record({ user, node, script: fc.constantFrom('RENEW', 'SAVE') }).map((what): Step[] => [
  { do: 'connect', ...what },
  { do: 'stop', ...what },
  { do: 'wait', seconds: 12 },
  { do: 'go', ...what },
  { do: 'lose', ...what },
  { do: 'wait', seconds: 1 },
]);
/** Somebody leaves, or leaves and is back, while Redis is away from the node; when it is not, an answer gets lost. */
const owed = fc
  .record({ user, node, script, isBack: fc.boolean() })
  .map(({ isBack, ...what }): Step[] => [
    { do: 'connect', ...what },
    { do: 'cut', ...what },
    { do: 'close', ...what },
    ...(isBack ? [{ do: 'connect' as const, ...what }] : []),
    { do: 'heal', ...what },
    { do: 'lose', ...what },
    { do: 'wait', seconds: 1 },
  ]);

const alone = step.map((one): Step[] => [one]);
export const faultyHistory = fc
  .array(fc.oneof({ weight: 2, arbitrary: alone }, lapse, owed), { maxLength: 12, size: 'max' })
  .map((episodes) => episodes.flat());

/** Nodes on a Redis whose answers get lost, and what their users have done. */
export class FaultyRun {
  private readonly model = new Model();
  private readonly stopped = new Set<PresenceNode>();
  private readonly connected = new Set<string>();
  private readonly told = new Map<string, ShownPresence[]>();

  private constructor(private readonly cluster: PresenceNodes) {}

  static async start(url: string): Promise<FaultyRun> {
    const run = new FaultyRun(await PresenceNodes.start(NODES.length, url));
    for (const who of USERS) run.told.set(who, await run.cluster.watch(who));
    await run.pass(1);
    return run;
  }

  async take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.step(step);
  }

  /** All is well again, and time passes: what others were told last, what Redis holds and what the database holds is the truth. */
  async expectTruth(): Promise<void> {
    for (const { redis } of this.cluster.nodes) redis.heal();
    this.stopped.clear();
    await this.pass((LONGEST_CHOICE_MS + LEASE_MS + GRACE_MS) / 1000 + 5);
    for (const { choices } of this.cluster.nodes) await choices.finish();
    const { store, choices } = this.node('a');
    const [states, remembered] = [await store.read(USERS), await choices.load(USERS)];
    for (const who of USERS) {
      const state = states.get(who);
      const truth = this.model.shown(who, this.cluster.clock.now());
      expect(state?.shown.status ?? 'offline').toBe(truth);
      expect(this.newest(who)).toEqual({ status: truth, version: state?.shown.version ?? 0 });
      expect(remembered.get(who)?.choice ?? null).toEqual(state?.choice ?? null);
    }
  }

  private async step(step: Step): Promise<void> {
    if (step.do === 'wait') return this.pass(step.seconds);
    const at = this.node(step.node);
    if (step.do === 'go') this.stopped.delete(at);
    if (this.stopped.has(at)) return;
    switch (step.do) {
      case 'connect':
      case 'close':
        return this.move(step.do, step.user, step.node);
      case 'choose':
        return this.choose(at, step.user, step.status, step.forMs);
      case 'lose':
        return at.redis.loseAnswer(SCRIPTS[step.script]);
      case 'stop':
        this.stopped.add(at);
        return;
      default:
        at.redis.isAway = step.do === 'cut';
    }
  }

  private async move(what: 'connect' | 'close', who: string, where: (typeof NODES)[number]): Promise<void> {
    const socket = `${who} ${where}`;
    if (this.connected.has(socket) === (what === 'connect')) return;
    this.model[what](who, where);
    if (what === 'connect') this.connected.add(socket);
    else this.connected.delete(socket);
    const at = this.node(where);
    await this.try(what === 'connect' ? at.connect(who) : at.disconnect(who));
  }

  private async choose(at: PresenceNode, who: string, status: string, forMs: number | null): Promise<void> {
    const expiresAt = forMs === null ? null : this.cluster.clock.now() + forMs;
    const before = await this.revision(who);
    const isMade = await this.try(at.choose(who, status as 'away', expiresAt));
    // Of a choice that failed the user does not know whether it was made: Redis does.
    if (isMade || (await this.revision(who)) !== before) this.model.choose(who, status, expiresAt ?? Infinity);
  }

  private async revision(who: string): Promise<number | undefined> {
    const state = await this.cluster.space.command(
      'HGET',
      `{${this.cluster.space.prefix}:presence}:user:${who}`,
      'revision',
    );
    return state === null ? undefined : Number(state);
  }

  private async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.cluster.clock.advance(1000);
      for (const node of this.cluster.nodes) if (!this.stopped.has(node)) await this.try(node.beat());
    }
  }

  /** What the watcher knows in the end: events may come twice, and not in their order. */
  private newest(who: string): Pick<ShownPresence, 'status' | 'version'> {
    const nothing = { status: 'offline' as const, version: 0 };
    const { status, version } = (this.told.get(who) ?? []).reduce<Pick<ShownPresence, 'status' | 'version'>>(
      (newest, event) => (event.version > newest.version ? event : newest),
      nothing,
    );
    return { status, version };
  }

  private async try(doing: Promise<unknown>): Promise<boolean> {
    return doing.then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'unavailable' });
        return false;
      },
    );
  }

  private node(name: (typeof NODES)[number]): PresenceNode {
    const node = this.cluster.nodes[NODES.indexOf(name)];
    if (!node) throw new Error(`no node ${name}`);
    return node;
  }
}
