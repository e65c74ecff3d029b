import { beforeEach, describe, expect, it } from 'vitest';
import { SAVE, RENEW } from '../../src/presence/presence-scripts.js';
import { type PresenceNode, PresenceNodes } from '../support/presence-node.js';
import { GRACE_MS, LEASE_MS } from '../support/presence-stores.js';
import { redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';

const statuses = (told: readonly { status: string }[]) => told.map(({ status }) => status);

describe.each(redisKinds)('An answer of $name that is lost', ({ variable, url }) => {
  let cluster: PresenceNodes;
  let a: PresenceNode;
  let b: PresenceNode;

  beforeEach(async (context) => {
    cluster = await PresenceNodes.start(2, need(context, variable, url));
    [a, b] = cluster.nodes as [PresenceNode, PresenceNode];
    await beat();
  });

  async function beat(): Promise<void> {
    for (const node of cluster.nodes) await node.beat();
    await new Promise((resolve) => setImmediate(resolve));
  }

  it('to a renewal does not keep the node from making its claims again', async () => {
    const told = await cluster.watch('u');
    await a.connect('u');
    await cluster.clock.advance(LEASE_MS);
    await b.beat();
    expect((await b.store.read(['u'])).get('u')).toMatchObject({ nodes: [] });
    a.redis.loseAnswer(RENEW);
    await expect(a.beat()).rejects.toThrow();
    await a.beat();
    expect((await b.store.read(['u'])).get('u')).toMatchObject({ nodes: [a.identity.id] });
    await cluster.clock.advance(GRACE_MS);
    await beat();
    expect(statuses(told)).toEqual(['online', 'offline', 'online']);
  });

  it('to an arrival does not keep it from others', async () => {
    const told = await cluster.watch('u');
    a.redis.loseAnswer(SAVE);
    await a.connect('u');
    await beat();
    expect(a.redis.hasLost).toBe(true);
    expect(statuses(told)).toEqual(['online']);
  });

  it('to the end of a grace does not leave a ghost, and keeps nobody else’s from others', async () => {
    const [told, toldOfV] = [await cluster.watch('u'), await cluster.watch('v')];
    for (const user of ['u', 'v']) {
      await a.connect(user);
      await a.disconnect(user);
    }
    await cluster.clock.advance(GRACE_MS);
    a.redis.loseAnswer(SAVE);
    await a.beat();
    await beat();
    expect(a.redis.hasLost).toBe(true);
    expect(statuses(told)).toEqual(['online', 'offline']);
    expect(statuses(toldOfV)).toEqual(['online', 'offline']);
  });

  it('to the sweep of a dead node neither', async () => {
    const [told, toldOfV] = [await cluster.watch('u'), await cluster.watch('v')];
    await a.connect('u');
    await a.connect('v');
    await cluster.clock.advance(LEASE_MS);
    b.redis.loseAnswer(SAVE);
    await b.beat();
    await b.beat();
    expect(b.redis.hasLost).toBe(true);
    expect(statuses(told)).toEqual(['online', 'offline']);
    expect(statuses(toldOfV)).toEqual(['online', 'offline']);
  });

  it('to a choice does not keep it from others, from the user nor from the database', async () => {
    await a.connect('u');
    const [told, own] = [await cluster.watch('u'), await cluster.watchOwn('u')];
    a.redis.loseAnswer(SAVE);
    await expect(a.choose('u', 'busy')).rejects.toMatchObject({ code: 'unavailable' });
    await beat();
    expect(statuses(told)).toEqual(['busy']);
    expect(statuses(own)).toEqual(['busy']);
    await a.tracker.written('u');
    expect((await b.choices.load(['u'])).get('u')).toMatchObject({ choice: { status: 'busy' } });
  });

  it('tells nobody what they must not notice', async () => {
    await a.connect('u');
    await a.choose('u', 'invisible');
    await a.disconnect('u');
    await cluster.clock.advance(GRACE_MS);
    await beat();
    const told = await cluster.watch('u');
    a.redis.loseAnswer(SAVE);
    await a.connect('u');
    await beat();
    expect(a.redis.hasLost).toBe(true);
    expect((await b.store.read(['u'])).get('u')).toMatchObject({ nodes: [a.identity.id] });
    expect(told).toEqual([]);
  });
});
