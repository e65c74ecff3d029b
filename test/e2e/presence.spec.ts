import { describe, expect, it } from 'vitest';
import { newPerson } from '../support/people.js';
import { change, enter, roommates, roomOf, scene, statuses, told } from '../support/scene.js';
import { connect } from '../support/socket.js';

const GRACE_MS = 5000;

describe('Coming and going', () => {
  it('shows a new connection its own status and then who is there, even if nobody is', async () => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const ani = await connect(app.wsUrl, people[0].token);
    expect(ani.frames[0]).toMatchObject({ type: 'connected', data: { status: 'online', user_id: people[0].id } });
    expect((await ani.next('presence_snapshot')).data).toEqual({ users: [] });
    const budi = await enter(app, people[1]);
    expect(budi.frames.map(({ type }) => type)).toEqual(['connected', 'presence_snapshot']);
    const users = (budi.frames[1]!.data as { users: unknown[] }).users;
    expect(users).toEqual([
      { user_id: people[0].id, status: 'online', last_seen_at: null, version: expect.any(Number) },
    ]);
  });

  it('tells the others once that somebody is online, however many sockets follow', async () => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const budi = await enter(app, people[1]);
    await enter(app, people[0]);
    await enter(app, people[0]);
    expect(await change(budi, people[0].id, 1)).toEqual({
      user_id: people[0].id,
      status: 'online',
      last_seen_at: null,
      version: clock.now(),
    });
    await budi.settled();
    expect(told(budi, people[0].id)).toHaveLength(1);
  });

  it('tells the others that somebody is offline once the last socket has been closed for longer than the grace', async () => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const budi = await enter(app, people[1]);
    const [phone, laptop] = [await enter(app, people[0]), await enter(app, people[0])];
    await phone.close();
    await clock.advance(60_123);
    await laptop.close();
    await budi.settled();
    await clock.advance(GRACE_MS - 1);
    await budi.settled();
    expect(statuses(budi, people[0].id)).toEqual(['online']);
    await clock.advance(1);
    const at = clock.now();
    expect(await change(budi, people[0].id, 2)).toEqual({
      user_id: people[0].id,
      status: 'offline',
      last_seen_at: new Date(at).toISOString(),
      version: at,
    });
    await clock.advance(60_000);
    await budi.settled();
    expect(told(budi, people[0].id)).toHaveLength(2);
  });

  it('announces nothing of a reconnect inside the grace', async () => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const budi = await enter(app, people[1]);
    for (let times = 0; times < 3; times += 1) {
      await (await enter(app, people[0])).close();
      await clock.advance(GRACE_MS - 100);
    }
    await enter(app, people[0]);
    await clock.advance(60_000);
    await budi.settled();
    expect(statuses(budi, people[0].id)).toEqual(['online']);
  });

  it('shows nobody online whose rooms one does not share, by event, snapshot or question', async () => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const stranger = await newPerson(app, 'citra');
    const citra = await enter(app, stranger);
    const budi = await enter(app, people[1]);
    await enter(app, people[0]);
    await change(budi, people[0].id, 1);
    const unseen = { user_id: people[0].id, status: 'offline', last_seen_at: null, version: 0 };
    expect((await citra.request('presence_subscribe', { user_ids: [people[0].id] })).data).toEqual({ users: [unseen] });
    expect(await stranger.succeed('GET', `presence?user_ids=${people[0].id}`)).toEqual([unseen]);
    await people[0].succeed('PUT', 'presence/me', { status: 'busy' });
    await change(budi, people[0].id, 2);
    await citra.settled();
    expect(told(citra, people[0].id)).toEqual([]);
    expect((citra.frames[1]!.data as { users: unknown[] }).users).toEqual([]);
  });

  it('tells a watcher once of a change, whatever the number of rooms shared and watches asked for', async () => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    await roomOf(people);
    const budi = await enter(app, people[1]);
    await budi.request('presence_subscribe', { user_ids: [people[0].id] });
    await enter(app, people[0]);
    await people[0].succeed('PUT', 'presence/me', { status: 'away' });
    await change(budi, people[0].id, 2);
    await budi.settled();
    expect(statuses(budi, people[0].id)).toEqual(['online', 'away']);
  });
});

describe('Beyond the rooms whose members watch each other', () => {
  it('asks for presence_subscribe, which shows what is and then what changes, until presence_unsubscribe', async () => {
    const { app } = await scene({ env: { PRESENCE_AUTO_WATCH: '2' } });
    const { people } = await roommates(app, 'ani', 'budi', 'citra');
    const [ani, budi] = people;
    const watcher = await enter(app, budi);
    const other = await enter(app, people[2]);
    const socket = await enter(app, ani);
    expect((await watcher.next('presence_snapshot')).data).toEqual({ users: [] });

    const ack = await watcher.request('presence_subscribe', { user_ids: [ani.id.toUpperCase(), ani.id] });
    expect(ack).toMatchObject({ type: 'ack', data: { users: [{ user_id: ani.id, status: 'online' }] } });
    expect((ack.data as { users: unknown[] }).users).toHaveLength(1);
    await socket.request('user_status_change', { status: 'busy' });
    await change(watcher, ani.id, 1);

    expect(await watcher.request('presence_unsubscribe', { user_ids: [ani.id] })).toMatchObject({
      type: 'ack',
      data: {},
    });
    await socket.request('user_status_change', { status: 'away' });
    await watcher.request('presence_subscribe', { user_ids: [ani.id] });
    await socket.request('user_status_change', { status: 'online' });
    await change(watcher, ani.id, 2);
    expect(statuses(watcher, ani.id)).toEqual(['busy', 'online']);
    expect(told(other, ani.id)).toEqual([]);
  });

  it('shows nothing any more once no room is shared, and again when one is', async () => {
    const { app } = await scene({ env: { PRESENCE_AUTO_WATCH: '0' } });
    const { people, room } = await roommates(app, 'ani', 'budi');
    const [ani, budi] = people;
    const watcher = await enter(app, budi);
    await watcher.request('presence_subscribe', { user_ids: [ani.id] });
    await ani.succeed('DELETE', `rooms/${room}/members/${budi.id}`);
    const socket = await enter(app, ani);
    await socket.request('user_status_change', { status: 'away' });
    await socket.settled();
    await ani.succeed('PUT', `rooms/${room}/members/${budi.id}`);
    await socket.request('user_status_change', { status: 'busy' });
    await change(watcher, ani.id, 1);
    expect(statuses(watcher, ani.id)).toEqual(['busy']);
  });

  it('refuses more than 200 users at once and more than 1,000 on one connection', async () => {
    const { app } = await scene();
    const socket = await enter(app, await newPerson(app, 'ani'));
    const ids = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `00000000-0000-7000-8000-${String(from + index).padStart(12, '0')}`);
    const refused = { type: 'error', data: { code: 'validation_failed', details: [{ field: 'user_ids' }] } };
    expect(await socket.request('presence_subscribe', { user_ids: ids(0, 201) })).toMatchObject(refused);
    for (let from = 0; from < 1000; from += 200) {
      expect((await socket.request('presence_subscribe', { user_ids: ids(from, 200) })).type).toBe('ack');
    }
    expect((await socket.request('presence_subscribe', { user_ids: ids(0, 200) })).type).toBe('ack');
    expect(await socket.request('presence_subscribe', { user_ids: ids(1000, 1) })).toMatchObject(refused);
    await socket.request('presence_unsubscribe', { user_ids: ids(0, 1) });
    expect((await socket.request('presence_subscribe', { user_ids: ids(1000, 1) })).type).toBe('ack');
  });
});

describe('Joining a room', () => {
  it('shows the newcomer who is there, and those who are there the newcomer', async () => {
    const { app } = await scene();
    const { people, room } = await roommates(app, 'ani', 'budi', 'dewi');
    const [ani, budi] = people;
    const citra = await newPerson(app, 'citra');
    const sockets = { ani: await enter(app, ani), citra: await enter(app, citra) };
    await ani.succeed('PUT', `rooms/${room}/members/${citra.id}`);
    const seen = (socket: typeof sockets.ani) =>
      socket.until(() => socket.ofType('presence_snapshot')[1]?.data as { users: unknown[] }, 'a second snapshot');
    expect(await seen(sockets.citra)).toMatchObject({ users: [{ user_id: ani.id, status: 'online' }] });
    expect(await seen(sockets.ani)).toMatchObject({ users: [{ user_id: citra.id, status: 'online' }] });
    await enter(app, budi);
    await change(sockets.citra, budi.id, 1);
  });

  it('shows the members of a new room to each other, each in one snapshot and nobody who is invisible', async () => {
    const { app } = await scene();
    const people = [await newPerson(app, 'ani'), await newPerson(app, 'budi'), await newPerson(app, 'citra')] as const;
    const sockets = [await enter(app, people[0]), await enter(app, people[1]), await enter(app, people[2])] as const;
    const [ani, budi, citra] = people.map(({ id }) => id);
    await sockets[2].request('user_status_change', { status: 'invisible' });
    await people[0].succeed('POST', 'rooms', { name: 'Dapur', member_ids: [budi, citra] });
    const expected = [[budi], [ani], [ani, budi]];
    for (const [index, socket] of sockets.entries()) {
      await socket.until(() => socket.ofType('presence_snapshot')[1], 'a second snapshot');
      await socket.settled();
      const [, ...later] = socket
        .ofType('presence_snapshot')
        .map(({ data }) => data as { users: { user_id: string }[] });
      expect(later.map(({ users }) => users.map(({ user_id }) => user_id))).toEqual([expected[index]]);
    }
  });

  it('tells nobody of a newcomer who is invisible', async () => {
    const { app } = await scene();
    const { people, room } = await roommates(app, 'ani', 'budi');
    const citra = await newPerson(app, 'citra');
    const [ani, hidden] = [await enter(app, people[0]), await enter(app, citra)];
    await hidden.request('user_status_change', { status: 'invisible' });
    await people[0].succeed('PUT', `rooms/${room}/members/${citra.id}`);
    await hidden.until(() => hidden.ofType('presence_snapshot')[1], 'a second snapshot');
    await ani.next('room_member_added');
    await ani.settled();
    expect(ani.ofType('presence_snapshot')).toHaveLength(1);
    expect(told(ani, citra.id)).toEqual([]);
  });
});
