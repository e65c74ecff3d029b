import { describe, expect, it } from 'vitest';
import { newPerson } from '../support/people.js';
import { change, enter, roommates, roomOf, scene } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';

const TTL_MS = 8000;
const THROTTLE_MS = 3000;
const start = (socket: TestSocket, room: string) => socket.request('typing_start', { room_id: room });
const stop = (socket: TestSocket, room: string) => socket.request('typing_stop', { room_id: room });
const iso = (ms: number) => new Date(ms).toISOString();

/** What a socket was told of typing, in order: start or stop. */
function heard(socket: TestSocket): string[] {
  return socket.frames.flatMap(({ type }) => (type.startsWith('typing_') ? [type.slice('typing_'.length)] : []));
}

function hears(socket: TestSocket, ...what: string[]): Promise<true> {
  return socket.until(() => (heard(socket).length >= what.length ? true : undefined), `typing ${what.join()}`);
}

async function duet() {
  const { app, clock } = await scene();
  const { people, room } = await roommates(app, 'ani', 'budi');
  const [ani, budi] = [await enter(app, people[0]), await enter(app, people[1])];
  return { app, clock, people, room, ani, budi };
}

describe('Typing', () => {
  it("reaches every socket of the room's other members, none of the sender's and nobody else's", async () => {
    const { app, clock } = await scene();
    const { people, room } = await roommates(app, 'ani', 'budi', 'citra');
    const [ani, budi, citra] = people;
    const dewi = await newPerson(app, 'dewi');
    await roomOf([ani, dewi]);
    const sender = [await enter(app, ani), await enter(app, ani)];
    const others = [await enter(app, budi), await enter(app, budi), await enter(app, citra)];
    const outsider = await enter(app, dewi);
    expect(await start(sender[0]!, room)).toMatchObject({ type: 'ack', data: {} });
    for (const socket of others) {
      const { data } = await socket.next('typing_start');
      expect(data).toEqual({ room_id: room, user_id: ani.id, expires_at: iso(clock.now() + TTL_MS) });
    }
    expect(await stop(sender[0]!, room)).toMatchObject({ type: 'ack', data: {} });
    for (const socket of others) {
      expect((await socket.next('typing_stop')).data).toEqual({ room_id: room, user_id: ani.id });
    }
    for (const socket of [...sender, ...others, outsider]) await socket.settled();
    expect([...sender, outsider].flatMap(heard)).toEqual([]);
    expect(others.map(heard)).toEqual([
      ['start', 'stop'],
      ['start', 'stop'],
      ['start', 'stop'],
    ]);
  });

  it('ends for each of the others before the room is removed, and only once', async () => {
    const { app, clock } = await scene();
    const { people, room } = await roommates(app, 'ani', 'budi', 'citra');
    const sockets = await Promise.all(people.map((person) => enter(app, person)));
    const [ani, budi, citra] = sockets as [TestSocket, TestSocket, TestSocket];
    await start(budi, room);
    await Promise.all([ani, citra].map((socket) => hears(socket, 'start')));
    await people[0].succeed('DELETE', `rooms/${room}`);
    for (const socket of sockets) await socket.next('room_removed');
    await clock.advance(TTL_MS);
    for (const socket of sockets) await socket.settled();
    const ends = (socket: TestSocket) =>
      socket.frames.flatMap(({ type }) => (/^(typing_|room_removed)/.test(type) ? [type] : []));
    const expected = ['typing_start', 'typing_stop', 'room_removed'];
    expect([ani, budi, citra].map(ends)).toEqual([expected, ['room_removed'], expected]);
  });

  it('may be sent without an id, and is not answered then', async () => {
    const { room, ani, budi } = await duet();
    ani.send({ type: 'typing_start', data: { room_id: room.toUpperCase() } });
    expect((await budi.next('typing_start')).data).toMatchObject({ room_id: room });
    await ani.settled();
    expect(ani.ofType('ack')).toEqual([]);
  });

  it('is of one room', async () => {
    const { people, room, ani, budi } = await duet();
    const other = await roomOf(people);
    await ani.next('room_added');
    await start(ani, room);
    await start(ani, other);
    await stop(ani, other);
    await hears(budi, 'start', 'start', 'stop');
    expect(budi.ofType('typing_stop')[0]!.data).toMatchObject({ room_id: other });
  });

  it('does not stop what has not started', async () => {
    const { room, ani, budi } = await duet();
    expect((await stop(ani, room)).type).toBe('ack');
    await start(ani, room);
    await stop(ani, room);
    await stop(ani, room);
    await budi.settled();
    expect(heard(budi)).toEqual(['start', 'stop']);
  });

  it('may be stopped on another device', async () => {
    const { app, people, room, ani, budi } = await duet();
    const laptop = await enter(app, people[0]);
    await start(ani, room);
    await stop(laptop, room);
    await budi.settled();
    expect(heard(budi)).toEqual(['start', 'stop']);
  });
});

describe('A repeated start', () => {
  it('only extends the typing within three seconds, also from another device', async () => {
    const { app, clock, people, room, ani, budi } = await duet();
    const laptop = await enter(app, people[0]);
    await start(ani, room);
    await clock.advance(THROTTLE_MS - 1);
    await start(laptop, room);
    await clock.advance(TTL_MS - 1);
    await budi.settled();
    expect(heard(budi)).toEqual(['start']);
    await clock.advance(1);
    await hears(budi, 'start', 'stop');
  });

  it('is announced again after three seconds, with the new end', async () => {
    const { clock, room, ani, budi } = await duet();
    await start(ani, room);
    await clock.advance(THROTTLE_MS);
    await start(ani, room);
    await hears(budi, 'start', 'start');
    expect(budi.ofType('typing_start')[1]!.data).toMatchObject({ expires_at: iso(clock.now() + TTL_MS) });
  });

  it('is announced each time without a throttle', async () => {
    const { app } = await scene({ env: { TYPING_THROTTLE: '0s' } });
    const { people, room } = await roommates(app, 'ani', 'budi');
    const [ani, budi] = [await enter(app, people[0]), await enter(app, people[1])];
    await start(ani, room);
    await start(ani, room);
    await hears(budi, 'start', 'start');
  });
});

describe('Typing ends once', () => {
  it('eight seconds after the last start', async () => {
    const { clock, room, ani, budi } = await duet();
    await start(ani, room);
    await clock.advance(TTL_MS - 1);
    await budi.settled();
    expect(heard(budi)).toEqual(['start']);
    await clock.advance(1);
    await hears(budi, 'start', 'stop');
    await clock.advance(60_000);
    await stop(ani, room);
    await budi.settled();
    expect(heard(budi)).toEqual(['start', 'stop']);
  });

  it('for each of many who began at different times, at its own time', async () => {
    const { app, clock } = await scene();
    const { people, room } = await roommates(app, 'ani', 'budi', 'citra');
    const [ani, budi, citra] = people;
    const [first, second, watcher] = [await enter(app, ani), await enter(app, budi), await enter(app, citra)];
    await start(first, room);
    await clock.advance(2000);
    await start(second, room);
    await clock.advance(TTL_MS - 2000);
    await hears(watcher, 'start', 'start', 'stop');
    expect(watcher.ofType('typing_stop').map(({ data }) => (data as { user_id: string }).user_id)).toEqual([ani.id]);
    await clock.advance(2000);
    await hears(watcher, 'start', 'start', 'stop', 'stop');
  });

  it('with the connection that began it, not with another one', async () => {
    const { app, clock, people, room, ani, budi } = await duet();
    const laptop = await enter(app, people[0]);
    await start(ani, room);
    await laptop.close();
    await budi.settled();
    expect(heard(budi)).toEqual(['start']);
    await ani.close();
    await hears(budi, 'start', 'stop');
    await clock.advance(60_000);
    await budi.settled();
    expect(heard(budi)).toEqual(['start', 'stop']);
  });

  it('with the connection that went on with it last', async () => {
    const { app, people, room, ani, budi } = await duet();
    const laptop = await enter(app, people[0]);
    await start(ani, room);
    await start(laptop, room);
    await ani.close();
    await budi.settled();
    expect(heard(budi)).toEqual(['start']);
    await laptop.close();
    await hears(budi, 'start', 'stop');
  });

  it('when its user leaves the room or is removed from it', async () => {
    const { app, clock } = await scene();
    const { people, room } = await roommates(app, 'owner', 'ani', 'budi');
    const [owner, ani, budi] = people;
    const watcher = await enter(app, owner);
    const [leaver, removed] = [await enter(app, ani), await enter(app, budi)];
    await start(leaver, room);
    await ani.succeed('DELETE', `rooms/${room}/members/${ani.id}`);
    await hears(watcher, 'start', 'stop');
    await start(removed, room);
    await owner.succeed('DELETE', `rooms/${room}/members/${budi.id}`);
    await hears(watcher, 'start', 'stop', 'start', 'stop');
    await clock.advance(60_000);
    await watcher.settled();
    expect(heard(watcher)).toEqual(['start', 'stop', 'start', 'stop']);
    const kinds = watcher.frames.map(({ type }) => type).filter((type) => type !== 'pong');
    expect(kinds.indexOf('typing_stop')).toBeLessThan(kinds.indexOf('room_member_removed'));
    expect(await start(leaver, room)).toMatchObject({ type: 'error', data: { code: 'room_not_found' } });
  });

  it.each(['invisible', 'offline'])('when its user goes %s', async (status) => {
    const { clock, people, room, ani, budi } = await duet();
    await start(ani, room);
    await ani.request('user_status_change', { status });
    await change(budi, people[0].id, 1);
    await hears(budi, 'start', 'stop');
    await stop(ani, room);
    await clock.advance(60_000);
    await budi.settled();
    expect(heard(budi)).toEqual(['start', 'stop']);
  });
});

describe('Typing of somebody hidden', () => {
  it.each(['invisible', 'offline'])('is accepted and not sent while %s, and sent again afterwards', async (status) => {
    const { room, ani, budi } = await duet();
    await ani.request('user_status_change', { status });
    expect(await start(ani, room)).toMatchObject({ type: 'ack', data: {} });
    expect(await stop(ani, room)).toMatchObject({ type: 'ack', data: {} });
    await budi.settled();
    expect(heard(budi)).toEqual([]);
    await ani.request('user_status_change', { status: 'away' });
    await start(ani, room);
    await hears(budi, 'start');
  });
});
