import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type PresenceNode, PresenceNodes } from '../support/presence-node.js';
import { GRACE_MS, LEASE_MS } from '../support/presence-stores.js';
import { redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';

const LEAVERS = Array.from({ length: 60 }, (_, index) => `leaver-${index}`);

describe.each(redisKinds)('With a database that stands still, on $name,', ({ variable, url }) => {
  let cluster: PresenceNodes;
  let a: PresenceNode;
  let b: PresenceNode;

  beforeEach(async (context) => {
    cluster = await PresenceNodes.start(2, need(context, variable, url));
    [a, b] = cluster.nodes as [PresenceNode, PresenceNode];
  });

  /** When the node last said that it lives. */
  const renewedAt = async ({ identity }: PresenceNode) =>
    Number(await cluster.space.command('ZSCORE', `{${cluster.space.prefix}:presence}:leases`, identity.id));

  it('a node goes on saying that it lives, and nobody on it goes offline', async () => {
    const { clock } = cluster;
    const told = await cluster.watch('stays');
    await a.connect('stays');
    await Promise.all(LEAVERS.map((leaver) => a.connect(leaver)));
    await a.tracker.idle();
    for (const { ticker } of cluster.nodes) await ticker.onApplicationBootstrap();
    onTestFinished(async () => {
      for (const { audience } of cluster.nodes) audience.release();
      for (const { ticker } of cluster.nodes) await ticker.onApplicationShutdown();
    });
    for (const { audience } of cluster.nodes) audience.hold();
    await Promise.all(LEAVERS.map((leaver) => a.disconnect(leaver)));
    for (let second = 0; second * 1000 < GRACE_MS + 2 * LEASE_MS; second += 1) {
      await clock.advance(1000);
      // Redis hears of the new time after the timers have gone off.
      for (const node of [a, b]) await expect.poll(() => renewedAt(node)).toBeGreaterThanOrEqual(clock.now() - 1000);
    }
    expect(a.audience.asked + b.audience.asked).toBeGreaterThan(LEAVERS.length);
    expect((await b.store.read(['stays'])).get('stays')).toMatchObject({ nodes: [a.identity.id] });
    expect(told.map(({ status }) => status)).toEqual(['online']);
  });

  it('who comes back does not wait until others are told of the departure', async () => {
    await a.connect('u');
    await a.disconnect('u');
    await cluster.clock.advance(GRACE_MS);
    a.audience.hold();
    const departure = a.carryOut();
    await expect.poll(() => a.audience.asked).toBe(2);
    await a.connect('u');
    expect((await a.store.read(['u'])).get('u')).toMatchObject({ nodes: [a.identity.id] });
    a.audience.release();
    await departure;
  });
});

describe.each(redisKinds)('What could not be announced, on $name,', ({ variable, url }) => {
  it('is tried for one user until it works, then for all, each once', async (context) => {
    const cluster = await PresenceNodes.start(1, need(context, variable, url));
    const [a] = cluster.nodes as [PresenceNode];
    const told = await Promise.all(LEAVERS.map((leaver) => cluster.watch(leaver)));
    a.audience.isAway = true;
    await Promise.all(LEAVERS.map((leaver) => a.connect(leaver)));
    await a.tracker.idle();
    const asked = a.audience.asked;
    for (let beats = 1; beats <= 3; beats += 1) {
      await a.beat();
      expect(a.audience.asked).toBe(asked + beats);
    }
    a.audience.isAway = false;
    await a.beat();
    await a.beat();
    await expect.poll(() => told.map(({ length }) => length)).toEqual(LEAVERS.map(() => 1));
  });
});
