import { describe, expect, it } from 'vitest';
import { Memberships } from '../../src/rooms/memberships.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { clusters } from '../support/cluster.js';
import { newPerson } from '../support/people.js';
import { connect, type TestSocket } from '../support/socket.js';

interface RoomData {
  id: string;
  name: string;
}

async function oneNode(): Promise<TestApp[]> {
  const app = await startApp();
  return [app, app];
}

/** Room events of a socket so far, as type and data. */
function events(socket: TestSocket): unknown[] {
  return socket.frames.filter(({ type }) => type.startsWith('room_')).map(({ type, data }) => ({ type, data }));
}

/** Whether typing of one reaches the other: what being in a room together means on /ws. */
async function typingArrives(from: TestSocket, to: TestSocket, room_id: string): Promise<void> {
  await from.request('typing_start', { room_id });
  await to.next((frame) => frame.type === 'typing_start' && (frame.data as { room_id: string }).room_id === room_id);
}

type Start = [name: string, start: () => Promise<TestApp[]>];

describe.each<Start>([
  ['one node', oneNode],
  ...clusters.map(([name, start]): Start => [`two nodes (${name})`, () => start(2)]),
])('rooms over %s', (_, start) => {
  async function setting() {
    const [here, there] = (await start()) as [TestApp, TestApp];
    const alice = await newPerson(here, 'Alice');
    const bob = await newPerson(here, 'Bob');
    const [atAlice, atBob] = [await connect(here.wsUrl, alice.token), await connect(there.wsUrl, bob.token)];
    const addBob = (room: RoomData) => alice.succeed('PUT', `rooms/${room.id}/members/${bob.id}`);
    const removeBob = (room: RoomData) => alice.succeed('DELETE', `rooms/${room.id}/members/${bob.id}`);
    return { here, there, alice, bob, atAlice, atBob, addBob, removeBob };
  }

  it('tell everybody who is in a new room, each with the room as they see it', async () => {
    const { alice, bob, atAlice, atBob } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur', member_ids: [bob.id] });
    expect((await atAlice.next('room_added')).data).toEqual(room);
    expect((await atBob.next('room_added')).data).toEqual({ ...room, role: 'member' });
    await typingArrives(atBob, atAlice, room.id);
  });

  it('tell the newcomer and the others of an added member, once', async () => {
    const { alice, bob, atAlice, atBob, addBob } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur' });
    await addBob(room);
    await addBob(room);
    await atBob.next('room_added');
    await atAlice.next('room_member_added');
    await typingArrives(atAlice, atBob, room.id);
    await typingArrives(atBob, atAlice, room.id);
    expect(events(atBob)).toEqual([{ type: 'room_added', data: { ...room, role: 'member', member_count: 2 } }]);
    expect(events(atAlice).slice(1)).toEqual([
      { type: 'room_member_added', data: { room_id: room.id, user_id: bob.id } },
    ]);
  });

  it('tell who was removed and the others, once, and the removed hear nothing more', async () => {
    const { alice, bob, atAlice, atBob, removeBob } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur', member_ids: [bob.id] });
    await removeBob(room);
    await removeBob(room);
    expect((await atBob.next('room_removed')).data).toEqual({ room_id: room.id });
    expect((await atAlice.next('room_member_removed')).data).toEqual({ room_id: room.id, user_id: bob.id });
    await alice.succeed('PATCH', `rooms/${room.id}`, { name: 'Teras' });
    await atAlice.next('room_updated');
    expect(await atBob.request('typing_start', { room_id: room.id })).toMatchObject({
      data: { code: 'room_not_found' },
    });
    expect(events(atBob).map((event) => (event as { type: string }).type)).toEqual(['room_added', 'room_removed']);
    expect(atAlice.ofType('room_member_removed')).toHaveLength(1);
  });

  it('tell all members of a new name, and of the old one again nothing', async () => {
    const { alice, bob, atAlice, atBob } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur', member_ids: [bob.id] });
    for (let times = 0; times < 2; times += 1) await alice.succeed('PATCH', `rooms/${room.id}`, { name: 'Teras' });
    for (const socket of [atAlice, atBob]) {
      expect((await socket.next('room_updated')).data).toEqual({ room_id: room.id, name: 'Teras' });
    }
    await typingArrives(atBob, atAlice, room.id);
    await typingArrives(atAlice, atBob, room.id);
    for (const socket of [atAlice, atBob]) expect(socket.ofType('room_updated')).toHaveLength(1);
  });

  it('tell all members that a room is gone', async () => {
    const { alice, bob, atAlice, atBob } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur', member_ids: [bob.id] });
    await atBob.next('room_added');
    await alice.succeed('DELETE', `rooms/${room.id}`);
    for (const socket of [atAlice, atBob]) {
      expect((await socket.next('room_removed')).data).toEqual({ room_id: room.id });
      const answer = await socket.request('typing_start', { room_id: room.id });
      expect(answer).toMatchObject({ type: 'error', data: { code: 'room_not_found' } });
    }
  });

  it('are there for a socket that opens later', async () => {
    const { there, alice, bob, atAlice } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur', member_ids: [bob.id] });
    const second = await connect(there.wsUrl, bob.token);
    await typingArrives(atAlice, second, room.id);
  });

  it('show the newcomer and the members to each other', async () => {
    const { alice, bob, atAlice, atBob, addBob } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur' });
    await addBob(room);
    const shows = (id: string) => (frame: { type: string; data: unknown }) =>
      frame.type === 'presence_snapshot' &&
      (frame.data as { users: { user_id: string }[] }).users.some((user) => user.user_id === id);
    await atAlice.next(shows(bob.id), 'a snapshot with Bob');
    await atBob.next(shows(alice.id), 'a snapshot with Alice');
  });

  it.each(['added', 'removed'] as const)('know who was %s while a socket opened', async (what) => {
    const { there, alice, bob, atAlice, addBob, removeBob } = await setting();
    const member_ids = what === 'added' ? [] : [bob.id];
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur', member_ids });
    const reading = holdFirstAnswer(there);
    const opening = connect(there.wsUrl, bob.token);
    await reading.begun;
    await (what === 'added' ? addBob(room) : removeBob(room));
    await atAlice.next(what === 'added' ? 'room_member_added' : 'room_member_removed');
    reading.goOn();
    const socket = await opening;
    const answer = async () => (await socket.request('typing_start', { room_id: room.id })).type;
    await expect.poll(answer).toBe(what === 'added' ? 'ack' : 'error');
  });

  it('are silent for a member who is removed while the others are still being told of them', async () => {
    const { here, there, alice, bob, atBob, addBob } = await setting();
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur' });
    const onOther = await alice.elsewhere(there.url);
    const telling = holdMembers(here);
    const adding = addBob(room);
    await telling.begun;
    const removing = onOther.succeed('DELETE', `rooms/${room.id}/members/${bob.id}`);
    for (let calls = 0; calls < 3; calls += 1) await onOther.succeed('GET', `rooms/${room.id}`);
    if (there !== here) await removing;
    telling.goOn();
    await Promise.all([adding, removing]);
    await atBob.next('room_removed');
    expect(await atBob.request('typing_start', { room_id: room.id })).toMatchObject({
      data: { code: 'room_not_found' },
    });
    expect((events(atBob).at(-1) as { type: string }).type).toBe('room_removed');
  });
});

/** Lets the next reading of a room's members take until `goOn`. */
function holdMembers({ app }: TestApp): { begun: Promise<void>; goOn: () => void } {
  const memberships = app.get(Memberships);
  const read = memberships.membersOf.bind(memberships);
  let goOn = () => undefined as void;
  const released = new Promise<void>((resolve) => (goOn = resolve));
  const begun = new Promise<void>((resolve) => {
    memberships.membersOf = async (roomId) => {
      memberships.membersOf = read;
      resolve();
      await released;
      return read(roomId);
    };
  });
  return { begun, goOn: () => goOn() };
}

/** Lets the next reading of a user's rooms take until `goOn`, after the database has answered. */
function holdFirstAnswer({ app }: TestApp): { begun: Promise<void>; goOn: () => void } {
  const memberships = app.get(Memberships);
  const read = memberships.roomsOf.bind(memberships);
  let goOn = () => undefined as void;
  const released = new Promise<void>((resolve) => (goOn = resolve));
  const begun = new Promise<void>((resolve) => {
    memberships.roomsOf = async (userId) => {
      memberships.roomsOf = read;
      const rooms = await read(userId);
      resolve();
      await released;
      return rooms;
    };
  });
  return { begun, goOn: () => goOn() };
}

describe.each(clusters)('a member who is removed while their devices are on two nodes (%s)', (_, start) => {
  it('is out on both', async () => {
    const [here, there] = (await start(2)) as [TestApp, TestApp];
    const alice = await newPerson(here, 'Alice');
    const bob = await newPerson(here, 'Bob');
    const sockets = [await connect(here.wsUrl, bob.token), await connect(there.wsUrl, bob.token)];
    const room = await alice.succeed<RoomData>('POST', 'rooms', { name: 'Dapur', member_ids: [bob.id] });
    const onOther = await alice.elsewhere(there.url);
    await onOther.succeed('DELETE', `rooms/${room.id}/members/${bob.id}`);
    for (const socket of sockets) {
      await socket.next('room_removed');
      const answer = await socket.request('typing_start', { room_id: room.id });
      expect(answer).toMatchObject({ type: 'error', data: { code: 'room_not_found' } });
    }
  });
});
