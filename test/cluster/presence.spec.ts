import { describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { clusters } from '../support/cluster.js';
import { newPerson } from '../support/people.js';
import { change, enter, nodes, roommates, roomOf, statuses, told } from '../support/scene.js';
import { connect, type TestSocket } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

const GRACE_MS = 5000;

/** Three nodes, somebody, and somebody who watches from each node. */
async function trio(apps: readonly TestApp[]) {
  const { people } = await roommates(apps[0]!, 'ani', 'budi');
  const [ani, budi] = people;
  const watchers: TestSocket[] = [];
  for (const app of apps) watchers.push(await enter(app, budi));
  const [a, b, c] = apps as [TestApp, TestApp, TestApp];
  return { a, b, c, ani, budi, watchers };
}

/** The same on nodes of one time, which stands still until it is moved. */
async function timedTrio() {
  const clock = new TestClock();
  return { clock, ...(await trio(await nodes([clock, clock, clock]))) };
}

async function allHear(watchers: readonly TestSocket[], userId: string, ...expected: string[]): Promise<void> {
  for (const watcher of watchers) {
    await change(watcher, userId, expected.length);
    await watcher.settled();
    expect(statuses(watcher, userId)).toEqual(expected);
  }
}

describe.each(clusters)('Presence over several nodes (%s)', (_, begin) => {
  it('keeps one choice for all nodes', async () => {
    const { b, c, ani, a } = await trio(await begin(3));
    const phone = await enter(a, ani);
    await phone.request('user_status_change', { status: 'invisible' });
    expect((await connect(b.wsUrl, ani.token)).frames[0]).toMatchObject({ data: { status: 'invisible' } });
    await phone.request('user_status_change', { status: 'offline' });
    expect((await connect(c.wsUrl, ani.token)).frames[0]).toMatchObject({ data: { status: 'online' } });
    expect((await change(phone, ani.id, 3)).status).toBe('online');
  });

  it('counts status changes over all nodes', async () => {
    const { a, b, ani } = await trio(await begin(3, { RATE_LIMIT_STATUS: '2/30s' }));
    const [phone, laptop] = [await enter(a, ani), await enter(b, ani)];
    expect((await phone.request('user_status_change', { status: 'away' })).type).toBe('ack');
    expect((await laptop.request('user_status_change', { status: 'busy' })).type).toBe('ack');
    expect(await phone.request('user_status_change', { status: 'away' })).toMatchObject({
      data: { code: 'rate_limited' },
    });
  });

  it('shows a newcomer on one node to the members on the others', async () => {
    const { a, b, ani, budi, watchers } = await trio(await begin(3));
    const citra = await newPerson(a, 'citra');
    const newcomer = await enter(b, citra);
    const { items } = await ani.succeed<{ items: { id: string }[] }>('GET', 'rooms');
    await ani.succeed('PUT', `rooms/${items[0]!.id}/members/${citra.id}`);
    const second = (socket: TestSocket) =>
      socket.until(() => socket.ofType('presence_snapshot')[1], 'a second snapshot');
    expect((await second(newcomer)).data).toMatchObject({ users: [{ user_id: budi.id, status: 'online' }] });
    for (const watcher of watchers) {
      expect((await second(watcher)).data).toMatchObject({ users: [{ user_id: citra.id, status: 'online' }] });
    }
  });
});

describe('Presence over several nodes, as time goes by', () => {
  it('is of the user over all devices: offline once, after the last one of the last node and the grace', async () => {
    const { clock, a, b, c, ani, watchers } = await timedTrio();
    const devices = [await enter(a, ani), await enter(b, ani), await enter(b, ani), await enter(c, ani)];
    await allHear(watchers, ani.id, 'online');
    for (const device of devices) {
      await clock.advance(60_000);
      await allHear(watchers, ani.id, 'online');
      await device.close();
    }
    await watchers[2]!.settled();
    await clock.advance(GRACE_MS - 1);
    await allHear(watchers, ani.id, 'online');
    await clock.advance(1);
    await allHear(watchers, ani.id, 'online', 'offline');
    await clock.advance(60_000);
    await allHear(watchers, ani.id, 'online', 'offline');
    const [first, ...others] = watchers.map((watcher) => told(watcher, ani.id));
    for (const other of others) expect(other).toEqual(first);
  });

  it('announces nothing of a reconnect to another node inside the grace', async () => {
    const { clock, a, b, c, ani, watchers } = await timedTrio();
    for (const app of [a, b, c, a]) {
      await (await enter(app, ani)).close();
      await clock.advance(GRACE_MS - 100);
    }
    await enter(b, ani);
    await clock.advance(60_000);
    await allHear(watchers, ani.id, 'online');
  });

  it('announces a choice, and its end, once', async () => {
    const { clock, a, b, ani, watchers } = await timedTrio();
    const [phone, laptop] = [await enter(a, ani), await enter(b, ani)];
    const expires_at = new Date(clock.now() + 60_000).toISOString();
    await phone.request('user_status_change', { status: 'busy', expires_at });
    await allHear(watchers, ani.id, 'online', 'busy');
    await clock.advance(60_000);
    await allHear(watchers, ani.id, 'online', 'busy', 'online');
    await allHear([phone, laptop], ani.id, 'busy', 'online');
    expect(told(laptop, ani.id)).toEqual(told(phone, ani.id));
  });
});

describe('A node that stops', () => {
  it('takes nobody along who is back on another node inside the grace, and the others after it, once', async () => {
    const { clock, a, b, ani, budi, watchers } = await timedTrio();
    const citra = await newPerson(a, 'citra');
    await roomOf([ani, citra, budi]);
    await enter(a, ani);
    await enter(a, citra);
    const rest = watchers.slice(1);
    await allHear(rest, citra.id, 'online');
    await a.close();
    await enter(b, ani);
    await clock.advance(GRACE_MS + 1000);
    await allHear(rest, citra.id, 'online', 'offline');
    await clock.advance(60_000);
    await allHear(rest, citra.id, 'online', 'offline');
    await allHear(rest, ani.id, 'online');
  });

  it('without a word is found dead: the others say offline once, within 15 s, and online once when it goes on', async () => {
    const [frozen, running] = [new TestClock(), new TestClock()];
    const [dead, b, c] = (await nodes([frozen, running, running])) as [TestApp, TestApp, TestApp];
    const { people } = await roommates(b, 'ani', 'budi', 'citra');
    const [ani, budi, citra] = people;
    const watchers = [await enter(b, budi), await enter(c, budi)];
    await enter(dead, ani);
    await enter(dead, citra);
    await enter(b, citra);
    await allHear(watchers, ani.id, 'online');
    for (let second = 0; second < 15; second += 1) await running.advance(1000);
    await allHear(watchers, ani.id, 'online', 'offline');
    await running.advance(5000);
    await frozen.advance(20_000);
    await allHear(watchers, ani.id, 'online', 'offline', 'online');
    for (const clock of [running, frozen, running, frozen]) await clock.advance(5000);
    await allHear(watchers, ani.id, 'online', 'offline', 'online');
    await allHear(watchers, citra.id, 'online');
  });
});
