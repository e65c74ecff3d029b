import { describe, expect, it } from 'vitest';
import { LOAD, SAVE } from '../../src/presence/presence-scripts.js';
import { type PresenceNode, PresenceNodes } from '../support/presence-node.js';
import { GRACE_MS } from '../support/presence-stores.js';
import { redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';

const CROWD = Array.from({ length: 350 }, (_, index) => `user-${index}`);

async function inGroups(task: (user: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < CROWD.length; at += 50) await Promise.all(CROWD.slice(at, at + 50).map(task));
}

describe.each(redisKinds)('Many who leave at once, on $name,', ({ variable, url }) => {
  it('while Redis is away are told to it later, a hundred at a time', async (context) => {
    const [a] = (await PresenceNodes.start(1, need(context, variable, url))).nodes as [PresenceNode];
    await a.beat();
    await inGroups((user) => a.connect(user));
    a.redis.isAway = true;
    await inGroups((user) => expect(a.disconnect(user)).rejects.toMatchObject({ code: 'unavailable' }));
    a.redis.isAway = false;
    a.redis.most = 0;
    await a.beat();
    expect(a.redis.most).toBeLessThanOrEqual(100);
    const states = await a.store.read(CROWD);
    expect(CROWD.map((user) => states.get(user)?.nodes)).toEqual(CROWD.map(() => []));
  });

  it('stay owed where Redis goes away once more, and whoever is back by then is not taken offline', async (context) => {
    const [a] = (await PresenceNodes.start(1, need(context, variable, url))).nodes as [PresenceNode];
    await a.beat();
    for (const user of ['leaves', 'returns']) await a.connect(user);
    a.redis.isAway = true;
    for (const user of ['leaves', 'returns']) await expect(a.disconnect(user)).rejects.toThrow();
    a.redis.isAway = false;
    await a.connect('returns');
    a.redis.loseAnswer(LOAD);
    await a.beat();
    expect((await a.store.read(['leaves'])).get('leaves')).toMatchObject({ nodes: [a.identity.id] });
    await a.beat();
    const states = await a.store.read(['leaves', 'returns']);
    expect(states.get('leaves')).toMatchObject({ nodes: [] });
    expect(states.get('returns')).toMatchObject({ nodes: [a.identity.id] });
  });

  it('are looked after by one node each', async (context) => {
    const cluster = await PresenceNodes.start(2, need(context, variable, url));
    const [a, b] = cluster.nodes as [PresenceNode, PresenceNode];
    const told = await Promise.all(CROWD.map((user) => cluster.watch(user)));
    for (const node of [a, b]) await node.beat();
    await inGroups((user) => a.connect(user));
    await inGroups((user) => a.disconnect(user));
    await cluster.clock.advance(GRACE_MS);
    for (const node of [a, b]) node.redis.sent.clear();
    for (let turn = 0; turn < 4; turn += 1) await Promise.all([a.carryOut(), b.carryOut()]);
    const sent = [LOAD, SAVE].map((script) =>
      [a, b].reduce((sum, { redis }) => sum + (redis.sent.get(script) ?? 0), 0),
    );
    expect(sent).toEqual([CROWD.length, CROWD.length]);
    await Promise.all([a, b].map(({ tracker }) => tracker.idle()));
    await expect.poll(() => told.map((heard) => heard.at(-1)?.status)).toEqual(CROWD.map(() => 'offline'));
  });

  it('are not forgotten when a node takes their deadlines and dies', async (context) => {
    const cluster = await PresenceNodes.start(2, need(context, variable, url));
    const [a, b] = cluster.nodes as [PresenceNode, PresenceNode];
    await a.connect('u');
    await a.disconnect('u');
    await cluster.clock.advance(GRACE_MS);
    a.redis.loseAnswer(LOAD);
    expect((await a.store.due(10)).outcomes).toEqual([]);
    const { outcomes, nextInMs } = await b.store.due(10);
    expect(outcomes).toEqual([]);
    await cluster.clock.advance(nextInMs ?? 0);
    expect((await b.store.due(10)).outcomes).toMatchObject([{ userId: 'u', visible: true }]);
  });
});
