import { describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { clusters } from '../support/cluster.js';
import { enter, nodes, roommates } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

const TTL_MS = 8000;
const THROTTLE_MS = 3000;

const start = (socket: TestSocket, room: string) => socket.request('typing_start', { room_id: room });
const stop = (socket: TestSocket, room: string) => socket.request('typing_stop', { room_id: room });
const heard = (socket: TestSocket) =>
  socket.frames.flatMap(({ type }) => (type.startsWith('typing_') ? [type.slice('typing_'.length)] : []));

/** Somebody with a phone on one node and a laptop on another, and others who listen on each. */
async function quartet(apps: readonly TestApp[]) {
  const [a, b] = apps as [TestApp, TestApp];
  const { people, room } = await roommates(a, 'ani', 'budi');
  const [ani, budi] = people;
  const phone = await enter(a, ani);
  const laptop = await enter(b, ani);
  const watchers = [await enter(a, budi), await enter(b, budi)];
  const allHear = async (...expected: string[]) => {
    for (const watcher of watchers) {
      await watcher.until(
        () => (heard(watcher).length >= expected.length ? true : undefined),
        `typing ${expected.join()}`,
      );
    }
    for (const socket of [phone, laptop, ...watchers]) await socket.settled();
    expect(watchers.map(heard)).toEqual([expected, expected]);
    expect([phone, laptop].flatMap(heard)).toEqual([]);
  };
  return { a, ani, room, phone, laptop, watchers, allHear };
}

describe.each(clusters)('Typing of one user over two nodes (%s)', (_, begin) => {
  const onTwo = async () => quartet(await begin(2));

  it('reaches the others on every node, and none of the own devices', async () => {
    const { room, phone, allHear } = await onTwo();
    await start(phone, room);
    await allHear('start');
    await stop(phone, room);
    await allHear('start', 'stop');
  });

  it('is announced anew on another node once it has ended on the first', async () => {
    const { room, phone, laptop, allHear } = await onTwo();
    await start(phone, room);
    await allHear('start');
    await stop(phone, room);
    await allHear('start', 'stop');
    await start(laptop, room);
    await allHear('start', 'stop', 'start');
  });

  it('may be stopped on another node, as soon as that has heard of it', async () => {
    const { room, phone, laptop, watchers } = await onTwo();
    await start(phone, room);
    const heardByAll = async () => {
      await stop(laptop, room);
      return watchers.map(heard);
    };
    await expect.poll(heardByAll, { timeout: TTL_MS / 2 }).toEqual(watchers.map(() => ['start', 'stop']));
  });

  it('stops once when its user goes invisible on another node', async () => {
    const { room, phone, laptop, allHear } = await onTwo();
    await start(phone, room);
    await allHear('start');
    await laptop.request('user_status_change', { status: 'invisible' });
    await allHear('start', 'stop');
  });

  it('ends once by itself, whichever node it was last begun on', async () => {
    const { room, phone, laptop, allHear } = await quartet(
      await begin(2, { TYPING_TTL: '2s', TYPING_THROTTLE: '1500ms' }),
    );
    await start(phone, room);
    await allHear('start');
    await start(laptop, room);
    await allHear('start', 'stop');
  });
});

/** Somebody who types on one node, and others who listen on each. */
async function trio(apps: readonly TestApp[]) {
  const [here, there] = apps as [TestApp, TestApp];
  const { people, room } = await roommates(here, 'ani', 'budi', 'citra');
  const [ani, budi, citra] = people;
  const typist = await enter(here, citra);
  const watchers = [await enter(here, budi), await enter(there, budi)];
  await start(typist, room);
  for (const watcher of watchers) await watcher.next('typing_start');
  return { here, there, ani, citra, room, typist, watchers };
}

describe.each(clusters)('Typing in a room of two nodes (%s)', (_, begin) => {
  it('ends before the room does, wherever that is told to', async () => {
    for (const end of ['here', 'there'] as const) {
      const { room, ani, watchers, ...nodes } = await trio(await begin(2));
      const owner = await ani.elsewhere(nodes[end].url);
      await owner.succeed('DELETE', `rooms/${room}`);
      for (const watcher of watchers) {
        await watcher.next('room_removed');
        await watcher.settled();
        const ends = watcher.frames.map(({ type }) => type).filter((type) => /^typing_|^room_removed/.test(type));
        expect(ends).toEqual(['typing_start', 'typing_stop', 'room_removed']);
      }
    }
  });

  it('ends once when its user is removed on another node', async () => {
    const { room, ani, citra, watchers, there } = await trio(await begin(2));
    const owner = await ani.elsewhere(there.url);
    await owner.succeed('DELETE', `rooms/${room}/members/${citra.id}`);
    for (const watcher of watchers) await watcher.next('room_member_removed');
    await owner.succeed('DELETE', `rooms/${room}`);
    for (const watcher of watchers) {
      await watcher.next('room_removed');
      await watcher.settled();
      expect(heard(watcher)).toEqual(['start', 'stop']);
    }
  });
});

describe('Typing on a node that says no more', () => {
  it('ends for the others once, and not again when that node goes on', async () => {
    const [silent, running] = [new TestClock(), new TestClock()];
    const { watchers } = await trio(await nodes([silent, running]));
    const [near, far] = watchers as [TestSocket, TestSocket];
    await running.advance(TTL_MS + THROTTLE_MS);
    await far.settled();
    expect(heard(far)).toEqual(['start']);
    await running.advance(1000);
    await far.settled();
    expect(heard(far)).toEqual(['start', 'stop']);
    await silent.advance(TTL_MS);
    await near.next('typing_stop');
    await running.advance(60_000);
    await far.settled();
    expect([near, far].map(heard)).toEqual([
      ['start', 'stop'],
      ['start', 'stop'],
    ]);
  });
});

describe('Typing of one user over two nodes, as time goes by', () => {
  async function onTwo() {
    const clock = new TestClock();
    return { clock, ...(await quartet(await nodes([clock, clock]))) };
  }

  it('goes on without a word when another device takes over, and ends once', async () => {
    const { clock, room, phone, laptop, allHear } = await onTwo();
    await start(phone, room);
    await allHear('start');
    await clock.advance(2000);
    await start(laptop, room);
    await allHear('start');
    await clock.advance(TTL_MS - 1);
    await allHear('start');
    await clock.advance(1);
    await allHear('start', 'stop');
    await clock.advance(60_000);
    await allHear('start', 'stop');
  });

  it('may be stopped on another node', async () => {
    const { clock, room, phone, laptop, allHear } = await onTwo();
    await start(phone, room);
    await allHear('start');
    await stop(laptop, room);
    await allHear('start', 'stop');
    await stop(phone, room);
    await clock.advance(60_000);
    await allHear('start', 'stop');
  });

  it('ends once even if two nodes begin it at the same moment', async () => {
    const { clock, room, phone, laptop, watchers } = await onTwo();
    await Promise.all([start(phone, room), start(laptop, room)]);
    for (const watcher of watchers) await watcher.settled();
    await clock.advance(TTL_MS * 2);
    for (const watcher of watchers) {
      await watcher.next('typing_stop');
      await watcher.settled();
      expect(heard(watcher).filter((what) => what === 'stop')).toHaveLength(1);
    }
  });

  it('ends once when its user goes invisible on another node, and is not sent from there either', async () => {
    const { clock, room, phone, laptop, allHear } = await onTwo();
    await start(phone, room);
    await allHear('start');
    await laptop.request('user_status_change', { status: 'invisible' });
    await allHear('start', 'stop');
    await start(phone, room);
    await start(laptop, room);
    await clock.advance(60_000);
    await allHear('start', 'stop');
    await laptop.request('user_status_change', { status: 'online' });
    await phone.until(() => phone.ofType('user_status_change')[1], 'the own status');
    await start(phone, room);
    await allHear('start', 'stop', 'start');
  });

  it('outlives the connection that began it where another device has taken over', async () => {
    const { a, ani, room, phone, laptop, watchers, allHear } = await onTwo();
    await start(phone, room);
    await allHear('start');
    await start(laptop, room);
    await allHear('start');
    await phone.close();
    await enter(a, ani);
    for (const watcher of watchers) await watcher.settled();
    expect(watchers.map(heard)).toEqual([['start'], ['start']]);
    await laptop.close();
    for (const watcher of watchers) await watcher.next('typing_stop');
    expect(watchers.map(heard)).toEqual([
      ['start', 'stop'],
      ['start', 'stop'],
    ]);
  });
});
