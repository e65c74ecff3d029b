import { onTestFinished } from 'vitest';
import { MemoryBroker } from '../../src/cluster/broker.memory.js';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { NodeIdentity } from '../../src/cluster/node-identity.js';
import { Signals } from '../../src/cluster/signals.js';
import { Metrics } from '../../src/common/metrics.js';
import { Problem } from '../../src/common/problem.js';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';
import { Audience } from '../../src/presence/audience.js';
import { PresenceAnnouncer } from '../../src/presence/presence-announcer.js';
import { PresenceChoices } from '../../src/presence/presence-choices.js';
import { PresenceDoubts } from '../../src/presence/presence-doubts.js';
import { PresenceLease } from '../../src/presence/presence-lease.js';
import type { Choice } from '../../src/presence/presence-state.js';
import { RedisPresenceStore } from '../../src/presence/presence-store.redis.js';
import { PresenceTicker } from '../../src/presence/presence-ticker.js';
import { presenceTopic } from '../../src/presence/presence-topic.js';
import { PresenceTracker } from '../../src/presence/presence-tracker.js';
import { PresenceUpkeep } from '../../src/presence/presence-upkeep.js';
import { UsersHere } from '../../src/presence/users-here.js';
import type { ShownPresence } from '../../src/protocol/index.js';
import { Fanout } from '../../src/realtime/fanout.js';
import { Hub } from '../../src/realtime/hub.js';
import { userTopic } from '../../src/realtime/topics.js';
import { LossyRedis } from './lossy-redis.js';
import { GRACE_MS, LEASE_MS } from './presence-stores.js';
import { type Namespace, namespace, RedisTestClock } from './redis.js';
import { databaseFile } from './scene.js';
import type { TestClock } from './test-clock.js';

/** Whoever watches anybody has asked to; rooms there are none. Stands still, or says that it is away, as a database may. */
class AskedWatchers extends Audience {
  isAway = false;
  asked = 0;
  private readonly held: (() => void)[] = [];
  private isHeld = false;

  async of(): Promise<{ to: string[]; among: string[] }> {
    this.asked += 1;
    if (this.isHeld) await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.isAway) throw new Problem('unavailable');
    return { to: [], among: [] };
  }

  async peers(): Promise<string[]> {
    return [];
  }

  async sharing(): Promise<Set<string>> {
    return new Set();
  }

  /** From now on nobody gets an answer. */
  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
    for (const resolve of this.held.splice(0)) resolve();
  }
}

/** The presence of one node, on a Redis that loses what a test wants lost. */
export class PresenceNode {
  readonly identity = new NodeIdentity();
  readonly audience = new AskedWatchers();
  readonly here: UsersHere;
  readonly store: RedisPresenceStore;
  readonly choices: PresenceChoices;
  readonly lease: PresenceLease;
  readonly tracker: PresenceTracker;
  readonly ticker: PresenceTicker;
  private readonly upkeep: PresenceUpkeep;

  constructor(
    readonly redis: LossyRedis,
    backend: MemoryBackend,
    database: Awaited<ReturnType<typeof openDatabase>>,
    clock: TestClock,
  ) {
    const broker = new MemoryBroker(backend);
    const presence = { graceMs: GRACE_MS, autoWatch: 100, statusRate: null };
    const cluster = { redisUrls: undefined, redisPrefix: '', nodeLeaseMs: LEASE_MS };
    const metrics = new Metrics();
    const fanout = new Fanout(new Hub(), broker, clock, metrics);
    this.here = new UsersHere(this.identity, new Signals(broker));
    this.store = new RedisPresenceStore(redis, presence, cluster);
    this.choices = new PresenceChoices(database, clock);
    const announcer = new PresenceAnnouncer(fanout, this.audience, this.store, clock);
    this.tracker = new PresenceTracker(this.store, this.choices, this.here, announcer, clock);
    this.lease = new PresenceLease(this.store, this.tracker, this.here, this.identity, cluster);
    const doubts = new PresenceDoubts(this.store, this.tracker);
    this.upkeep = new PresenceUpkeep(this.store, this.tracker, announcer, this.lease, doubts);
    this.ticker = new PresenceTicker(this.store, this.tracker, this.lease, clock, this.upkeep);
  }

  /** A socket of the user opens. One per user and node is enough here. */
  async connect(userId: string): Promise<void> {
    this.here.add(userId, userId);
    await this.lease.arrive(userId);
  }

  async disconnect(userId: string): Promise<void> {
    if (this.here.remove({ userId, id: userId, backInMs: undefined })) await this.lease.depart(userId);
  }

  async choose(userId: string, status: Choice['status'] | 'online', expiresAt: number | null = null): Promise<void> {
    const choice = status === 'online' ? null : { status, expiresAt };
    await this.tracker.claim(userId, { kind: 'chosen', choice });
  }

  /** What the ticker begins every second, one after the other and to its end. @throws what failed last */
  async beat(): Promise<void> {
    await this.lease.renew();
    let failed: Promise<void> | undefined;
    for (const task of [...this.upkeep.tasks, () => this.carryOut()]) {
      const run = task();
      await run.catch(() => (failed = run));
    }
    await this.tracker.idle();
    await failed;
  }

  async carryOut(): Promise<void> {
    for (const outcome of (await this.store.due(100)).outcomes) await this.tracker.follow(outcome);
  }
}

/** Nodes on one Redis, one database and one bus, and what somebody is told who watches. */
export class PresenceNodes {
  private constructor(
    readonly space: Namespace,
    readonly clock: RedisTestClock,
    readonly nodes: readonly PresenceNode[],
    private readonly watcher: MemoryBroker,
  ) {}

  static async start(count: number, url: string): Promise<PresenceNodes> {
    const space = await namespace(url);
    const clock = await RedisTestClock.in(space);
    const database = await openDatabase(databaseOptions(databaseFile()));
    onTestFinished(() => database.destroy());
    const backend = new MemoryBackend();
    const nodes: PresenceNode[] = [];
    while (nodes.length < count)
      nodes.push(new PresenceNode(await LossyRedis.in(space, clock.lua), backend, database, clock));
    return new PresenceNodes(space, clock, nodes, new MemoryBroker(backend));
  }

  /** What others are told of the user from now on. */
  watch(userId: string): Promise<ShownPresence[]> {
    return this.hear(presenceTopic(userId));
  }

  /** What the user is told on other nodes from now on. */
  watchOwn(userId: string): Promise<ShownPresence[]> {
    return this.hear(userTopic(userId));
  }

  private async hear(topic: string): Promise<ShownPresence[]> {
    const heard: ShownPresence[] = [];
    await this.watcher.follow(topic, (payload) => {
      const { data } = JSON.parse(payload.slice(payload.indexOf('\n') + 1)) as { data: ShownPresence };
      heard.push(data);
    });
    return heard;
  }
}
