import { describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { clusters } from '../support/cluster.js';
import { allAtOnce } from '../support/handshakes.js';
import { ADMIN_ENV, adminOf, newPerson, type Person } from '../support/people.js';
import { change, enter, roommates, statuses } from '../support/scene.js';
import { connect, openSocket } from '../support/socket.js';

const nextSecond = { timeout: 1000, interval: 20 };

const dial = ({ wsUrl }: TestApp, { token }: Person) =>
  openSocket(wsUrl, { headers: { authorization: `Bearer ${token}` } });

describe.each(clusters)('sockets on two nodes (%s)', (_, start) => {
  const two = async (env?: Record<string, string>) => (await start(2, env)) as [TestApp, TestApp];

  it('are opened by a ticket once, however many show it at once', async () => {
    const nodes = await two();
    const ann = await newPerson(nodes[0], 'Ann');
    const { ticket } = await ann.succeed<{ ticket: string }>('POST', 'auth/ws-ticket');
    const attempts = Array.from({ length: 10 }, (__, turn) => openSocket(`${nodes[turn % 2]!.wsUrl}?ticket=${ticket}`));
    const { open, refused } = await allAtOnce(attempts);
    expect(open).toHaveLength(1);
    expect(refused).toEqual(Array.from({ length: 9 }, () => 'token_invalid'));
  });

  it('are as many per user as allowed, exactly, however many ask at once', async () => {
    const nodes = await two({ MAX_CONNECTIONS_PER_USER: '7' });
    const ann = await newPerson(nodes[0], 'Ann');
    const { open, refused } = await allAtOnce(Array.from({ length: 50 }, (__, turn) => dial(nodes[turn % 2]!, ann)));
    expect(open).toHaveLength(7);
    expect(new Set(refused)).toEqual(new Set(['too_many_connections']));
    await open[0]!.close();
    await expect.poll(async () => (await allAtOnce([dial(nodes[1], ann)])).open.length).toBe(1);
  });

  it('make room for a newer one at the expense of the oldest, where they are told to', async () => {
    const nodes = await two({ MAX_CONNECTIONS_PER_USER: '2', MAX_CONNECTIONS_POLICY: 'replace_oldest' });
    const ann = await newPerson(nodes[0], 'Ann');
    const [oldest, second] = [await connect(nodes[0].wsUrl, ann.token), await connect(nodes[1].wsUrl, ann.token)];
    await connect(nodes[1].wsUrl, ann.token);
    expect((await oldest.ended()).code).toBe(4503);
    await second.settled();
  });

  it.each([
    ['logout', 4500, (ann: Person) => ann.call('POST', 'auth/logout')],
    ['logout-all', 4500, (ann: Person) => ann.call('POST', 'auth/logout-all')],
    [
      'the disabling of the account',
      4501,
      async (ann: Person, node: TestApp) =>
        (await adminOf(node)).succeed('PATCH', `admin/users/${ann.id}`, { disabled: true }),
    ],
  ] as const)('are closed within a second by %s on the other node, and no others are', async (__, code, end) => {
    const [here, there] = await two(ADMIN_ENV);
    const [ann, ben] = [await newPerson(here, 'Ann'), await newPerson(here, 'Ben')];
    const [sockets, other] = [
      [await connect(there.wsUrl, ann.token), await connect(here.wsUrl, ann.token)],
      await connect(there.wsUrl, ben.token),
    ];
    await end(ann, here);
    for (const socket of sockets) await expect.poll(() => socket.closed?.code, nextSecond).toBe(code);
    await other.settled();
  });

  it('are all seen by an administrator, who closes any of them from anywhere', async () => {
    const [here, there] = await two(ADMIN_ENV);
    const ann = await newPerson(here, 'Ann');
    const socket = await connect(there.wsUrl, ann.token);
    const admin = await adminOf(here);
    const { items } = await admin.succeed<{ items: { id: string; user_id: string }[] }>('GET', 'admin/connections');
    expect(items.map(({ user_id }) => user_id)).toEqual([ann.id]);
    await admin.succeed('DELETE', `admin/connections/${items[0]!.id}`);
    expect((await socket.ended()).code).toBe(1000);
    await expect
      .poll(async () => (await admin.succeed<{ items: unknown[] }>('GET', 'admin/connections')).items)
      .toEqual([]);
  });

  it('share the buckets of their limits', async () => {
    const nodes = await two({ RATE_LIMIT_HANDSHAKE: '6/60s', RATE_LIMIT_STATUS: '2/60s' });
    const ann = await newPerson(nodes[0], 'Ann');
    const { open, refused } = await allAtOnce(Array.from({ length: 10 }, (__, turn) => dial(nodes[turn % 2]!, ann)));
    expect([open.length, refused]).toEqual([6, Array.from({ length: 4 }, () => 'rate_limited')]);
    for (const status of ['away', 'busy']) await ann.succeed('PUT', 'presence/me', { status });
    const elsewhere = await ann.elsewhere(nodes[1].url);
    expect((await elsewhere.call('PUT', 'presence/me', { body: { status: 'away' } })).status).toBe(429);
  });
});

describe.each(clusters)('presence over three nodes (%s)', (_, start) => {
  it('shows somebody online once, and offline once, after the last device on the last node and the grace', async () => {
    const nodes = (await start(3, { PRESENCE_GRACE: '300ms' })) as [TestApp, TestApp, TestApp];
    const { people } = await roommates(nodes[0], 'ani', 'budi');
    const [ani, budi] = people;
    const watchers = [await enter(nodes[0], budi), await enter(nodes[2], budi)];
    const devices = [];
    for (const node of nodes) devices.push(await enter(node, ani));
    for (const device of devices) await device.close();
    for (const watcher of watchers) {
      expect((await change(watcher, ani.id, 2)).status).toBe('offline');
      await watcher.settled();
      expect(statuses(watcher, ani.id)).toEqual(['online', 'offline']);
    }
  });

  it('shows a choice that is made on one node to everybody on the others, in order', async () => {
    const nodes = (await start(3)) as [TestApp, TestApp, TestApp];
    const { people } = await roommates(nodes[0], 'ani', 'budi');
    const [ani, budi] = people;
    const watcher = await enter(nodes[2], budi);
    const device = await enter(nodes[1], ani);
    for (const status of ['away', 'busy', 'online', 'invisible'])
      await device.request('user_status_change', { status });
    await change(watcher, ani.id, 5);
    expect(statuses(watcher, ani.id)).toEqual(['online', 'away', 'busy', 'online', 'offline']);
  });

  it('stops with a node that shuts down, after the grace, and comes back with a reconnect', async () => {
    const nodes = (await start(2, { PRESENCE_GRACE: '300ms' })) as [TestApp, TestApp];
    const { people } = await roommates(nodes[0], 'ani', 'budi');
    const [ani, budi] = people;
    const watcher = await enter(nodes[0], budi);
    await enter(nodes[1], ani);
    await change(watcher, ani.id, 1);
    await nodes[1].close();
    expect((await change(watcher, ani.id, 2)).status).toBe('offline');
    await enter(nodes[0], ani);
    expect((await change(watcher, ani.id, 3)).status).toBe('online');
  });
});
