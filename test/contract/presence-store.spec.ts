import { describe, expect, it } from 'vitest';
import type { Choice, Outcome, Remembered } from '../../src/presence/presence-state.js';
import type { PresenceStore } from '../../src/presence/presence-store.js';
import { GRACE_MS, inMemory, LEASE_MS, onRedis } from '../support/presence-stores.js';
import { withRedis } from '../support/redis.js';

const nothing: Remembered = { choice: null, version: 0, lastSeenAt: null, revision: 0 };
/** What a node does every second. */
async function beat(store: PresenceStore, node: string): Promise<{ lapsed: boolean; outcomes: Outcome[] }> {
  return { lapsed: await store.renew(node), outcomes: await store.sweep() };
}

const away: Choice = { status: 'away', expiresAt: null };

describe.each(withRedis(inMemory, onRedis))('The presence store (%s)', (_, start) => {
  it('does nothing for somebody it does not know, unless told what to continue from', async () => {
    const store = (await start()).node();
    expect(await store.claim('u', { kind: 'connected', node: 'a' })).toBeUndefined();
    expect(await store.read(['u'])).toEqual(new Map());
    const outcome = await store.claim(
      'u',
      { kind: 'connected', node: 'a' },
      { choice: away, version: 7, lastSeenAt: 5, revision: 3 },
    );
    expect(outcome).toMatchObject({
      userId: 'u',
      visible: true,
      own: false,
      state: { shown: { status: 'away', lastSeenAt: 5 } },
    });
    expect(outcome!.state.shown.version).toBeGreaterThan(7);
  });

  it('prefers what it knows to what it is told to continue from', async () => {
    const store = (await start()).node();
    await store.claim('u', { kind: 'connected', node: 'a' }, nothing);
    const outcome = await store.claim(
      'u',
      { kind: 'connected', node: 'a' },
      { choice: away, version: 7, lastSeenAt: 5, revision: 3 },
    );
    expect(outcome).toMatchObject({ visible: false, own: false, state: { choice: null } });
  });

  it('shows every node the same', async () => {
    const { node } = await start();
    const [a, b] = [node(), node()];
    await a.claim('u', { kind: 'connected', node: 'a' }, nothing);
    await b.claim('v', { kind: 'connected', node: 'b' }, nothing);
    const seen = await a.read(['v', 'nobody', 'u']);
    expect([...seen.keys()].sort()).toEqual(['u', 'v']);
    expect(seen).toEqual(await b.read(['u', 'v']));
  });

  it('says of a claim whether others see it and whether the user does', async () => {
    const store = (await start()).node();
    const claim = async (choice: Choice | null) => {
      const outcome = await store.claim('u', { kind: 'chosen', choice });
      return { visible: outcome!.visible, own: outcome!.own };
    };
    await store.claim('u', { kind: 'connected', node: 'a' }, nothing);
    expect(await claim(away)).toEqual({ visible: true, own: true });
    expect(await claim(away)).toEqual({ visible: false, own: false });
    expect(await claim({ ...away, expiresAt: Date.now() * 2 })).toEqual({ visible: false, own: true });
    expect(await claim({ status: 'invisible', expiresAt: null })).toEqual({ visible: true, own: true });
    expect(await claim({ status: 'offline', expiresAt: null })).toEqual({ visible: false, own: true });
  });

  it('loses no claim of many at once', async () => {
    const { node } = await start();
    const stores = [node(), node(), node()];
    await stores[0]!.claim('u', { kind: 'chosen', choice: null }, nothing);
    const names = Array.from({ length: 30 }, (__, index) => `node-${index}`);
    const outcomes = await Promise.all(
      names.map(async (name, index) => stores[index % 3]!.claim('u', { kind: 'connected', node: name })),
    );
    expect(outcomes.filter((outcome) => outcome!.visible)).toHaveLength(1);
    expect([...(await stores[0]!.read(['u'])).get('u')!.nodes].sort()).toEqual(names.sort());
  });

  it('carries out a deadline on one node only, not before it passes', async () => {
    const { clock, node } = await start();
    const [a, b] = [node(), node()];
    await a.claim('u', { kind: 'connected', node: 'a' }, nothing);
    expect(await a.claim('u', { kind: 'gone', node: 'a' })).toMatchObject({ visible: false, dueInMs: GRACE_MS });
    await clock.advance(GRACE_MS - 1);
    expect(await b.due(10)).toEqual({ outcomes: [], nextInMs: 1 });
    await clock.advance(1);
    const both = await Promise.all([a.due(10), b.due(10)]);
    const outcomes = both.flatMap((one) => one.outcomes);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({
      userId: 'u',
      visible: true,
      state: { shown: { status: 'offline' } },
      dueInMs: null,
    });
    expect(await a.due(10)).toEqual({ outcomes: [], nextInMs: null });
  });

  it('forgets a deadline that something else has overtaken', async () => {
    const { clock, node } = await start();
    const store = node();
    await store.claim('u', { kind: 'connected', node: 'a' }, nothing);
    await store.claim('u', { kind: 'gone', node: 'a' });
    await clock.advance(1000);
    await store.claim('u', { kind: 'connected', node: 'a' });
    expect(await store.due(10)).toEqual({ outcomes: [], nextInMs: null });
    await clock.advance(GRACE_MS * 2);
    expect(await store.due(10)).toEqual({ outcomes: [], nextInMs: null });
  });

  it('carries out at most as many deadlines as asked for, the earliest first, and says that more have passed', async () => {
    const { clock, node } = await start();
    const store = node();
    for (const user of ['first', 'second', 'third']) {
      await store.claim(user, { kind: 'connected', node: 'a' }, nothing);
      await store.claim(user, { kind: 'gone', node: 'a' });
      await clock.advance(10);
    }
    await clock.advance(GRACE_MS);
    const early = await store.due(2);
    expect(early.outcomes.map(({ userId }) => userId)).toEqual(['first', 'second']);
    expect(early.nextInMs).toBe(0);
    const late = await store.due(2);
    expect(late.outcomes.map(({ userId }) => userId)).toEqual(['third']);
    expect(late.nextInMs).toBeNull();
  });

  it('tells a user whose choice has ended, also when others see no difference', async () => {
    const { clock, node } = await start();
    const store = node();
    await store.claim('u', { kind: 'connected', node: 'a' }, nothing);
    await store.claim('u', { kind: 'chosen', choice: { status: 'invisible', expiresAt: clock.now() + 60_000 } });
    await clock.advance(60_000);
    const { outcomes } = await store.due(10);
    expect(outcomes).toMatchObject([
      { visible: true, own: true, state: { choice: null, shown: { status: 'online' } } },
    ]);
  });

  it('sweeps the claims of a node that stopped renewing, once, from its last renewal on', async () => {
    const { clock, node } = await start();
    const [a, b, c] = [node(), node(), node()];
    for (const [store, id] of [
      [a, 'a'],
      [b, 'b'],
      [c, 'c'],
    ] as const)
      await beat(store, id);
    await a.claim('only-a', { kind: 'connected', node: 'a' }, nothing);
    await a.claim('both', { kind: 'connected', node: 'a' }, nothing);
    await b.claim('both', { kind: 'connected', node: 'b' });
    for (let ms = 0; ms < LEASE_MS - 1000; ms += 1000) {
      await clock.advance(1000);
      expect(await beat(b, 'b')).toEqual({ lapsed: false, outcomes: [] });
      expect(await beat(c, 'c')).toEqual({ lapsed: false, outcomes: [] });
    }
    await clock.advance(1000);
    const swept = [await beat(b, 'b'), await beat(c, 'c')].flatMap(({ outcomes }) => outcomes);
    expect(swept.filter(({ visible }) => visible)).toMatchObject([
      { userId: 'only-a', state: { shown: { status: 'offline' } } },
    ]);
    expect((await b.read(['both'])).get('both')).toMatchObject({ nodes: ['b'], shown: { status: 'online' } });
  });

  it('tells a node that its lease had run out, so that it claims again', async () => {
    const { clock, node } = await start();
    const [a, b] = [node(), node()];
    expect(await beat(a, 'a')).toMatchObject({ lapsed: true });
    await beat(b, 'b');
    await a.claim('u', { kind: 'connected', node: 'a' }, nothing);
    await a.claim('u', { kind: 'chosen', choice: { status: 'offline', expiresAt: null } });
    await clock.advance(LEASE_MS * 2);
    await beat(b, 'b');
    expect((await b.read(['u'])).get('u')!.nodes).toEqual([]);
    expect(await beat(a, 'a')).toMatchObject({ lapsed: true, outcomes: [] });
    const again = await a.claim('u', { kind: 'still_connected', node: 'a' });
    expect(again).toMatchObject({ visible: false, own: false, state: { nodes: ['a'], choice: { status: 'offline' } } });
  });

  it('ends the claims of a node that leaves, and gives its users the grace', async () => {
    const { clock, node } = await start();
    const [a, b] = [node(), node()];
    await beat(a, 'a');
    await beat(b, 'b');
    await a.claim('u', { kind: 'connected', node: 'a' }, nothing);
    await a.leave('a');
    expect((await b.read(['u'])).get('u')).toMatchObject({ nodes: [], shown: { status: 'online' } });
    await clock.advance(GRACE_MS);
    expect((await b.due(10)).outcomes).toMatchObject([{ userId: 'u', visible: true }]);
    expect((await beat(b, 'b')).outcomes).toEqual([]);
  });

  it('waits for a user who was told when to come back, also when the node that said it is gone', async () => {
    const { clock, node } = await start();
    const [a, b] = [node(), node()];
    await beat(a, 'a');
    await beat(b, 'b');
    await a.claim('u', { kind: 'connected', node: 'a' }, nothing);
    const waits = 120_000;
    const outcome = await a.claim('u', { kind: 'gone', node: 'a', backInMs: waits });
    expect(outcome).toMatchObject({ visible: false, own: false, dueInMs: waits + GRACE_MS });
    await a.leave('a');
    await clock.advance(waits + GRACE_MS - 1);
    expect((await beat(b, 'b')).outcomes).toEqual([]);
    expect(await b.due(10)).toEqual({ outcomes: [], nextInMs: 1 });
    await clock.advance(1);
    expect((await b.due(10)).outcomes).toMatchObject([
      { userId: 'u', visible: true, state: { shown: { status: 'offline' } } },
    ]);
  });

  it('sees nothing of it when a user comes back when told', async () => {
    const { clock, node } = await start();
    const [a, b] = [node(), node()];
    await a.claim('u', { kind: 'connected', node: 'a' }, nothing);
    await a.claim('u', { kind: 'gone', node: 'a', backInMs: 20_000 });
    await clock.advance(20_000 + GRACE_MS - 1);
    expect(await b.claim('u', { kind: 'connected', node: 'b' })).toMatchObject({ visible: false, dueInMs: null });
    expect(await b.due(10)).toEqual({ outcomes: [], nextInMs: null });
  });

  it('forgets users who are long gone, and nobody else', async () => {
    const { clock, node } = await start();
    const store = node();
    await store.claim('gone', { kind: 'connected', node: 'a' }, nothing);
    await store.claim('here', { kind: 'connected', node: 'a' }, nothing);
    await store.claim('gone', { kind: 'gone', node: 'a' });
    await clock.advance(GRACE_MS);
    await store.due(10);
    await clock.advance(59_000);
    await store.due(10);
    expect([...(await store.read(['gone', 'here'])).keys()]).toEqual(['gone', 'here']);
    await clock.advance(3_600_000);
    await store.due(10);
    expect([...(await store.read(['gone', 'here'])).keys()]).toEqual(['here']);
  });
});
