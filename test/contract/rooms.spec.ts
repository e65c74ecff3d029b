import { describe, expect, it } from 'vitest';
import type { Room } from '../../src/rooms/room.js';
import { databaseKinds } from '../support/databases.js';
import { allPages, newUser, openStores, openTwice, outcomes, type Stores } from '../support/stores.js';

const NOBODY = '01890000-0000-7000-8000-000000000000';

async function people(stores: Stores, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.push((await newUser(stores)).id);
  return ids;
}

const rolesIn = async ({ rooms }: Stores, room: string) =>
  Object.fromEntries((await rooms.members(room, undefined, 100)).map(({ userId, role }) => [userId, role]));

const rows = ({ database }: Stores) =>
  Promise.all(['rooms', 'memberships'].map((table) => database.getRepository(table).count()));

describe.each(databaseKinds)('Rooms in $name', (kind) => {
  const test = kind.missing === undefined ? it : it.skip;

  async function open(count: number) {
    const stores = await openStores(kind);
    return { ...stores, ids: (await people(stores, count)) as [string, string, string, string] };
  }

  test('are kept as they were made: to the millisecond, with long names of rare characters', async () => {
    const stores = await open(3);
    const { rooms, clock, ids } = stores;
    const [ani, budi, citra] = ids;
    await clock.advance(321);
    const room = await rooms.create(ani, '🏠'.repeat(50), [budi, citra]);
    expect(room).toMatchObject({ role: 'owner', memberCount: 3, createdAt: new Date(clock.now()) });
    expect(await rooms.find(room.id, ani)).toEqual(room);
    expect(await rooms.find(room.id, citra)).toEqual({ ...room, role: 'member' });
    expect(await rooms.find(room.id, NOBODY)).toBeNull();
    expect((await rooms.members(room.id, undefined, 9)).map(({ joinedAt }) => joinedAt.getTime())).toEqual(
      Array.from({ length: 3 }, () => clock.now()),
    );
  });

  test('are made with all their members or not at all', async () => {
    const stores = await open(1);
    await expect(stores.rooms.create(stores.ids[0], 'x', [NOBODY])).rejects.toThrow();
    expect(await rows(stores)).toEqual([0, 0]);
  });

  test('are listed to their members by age, each once, while others are made', async () => {
    const { rooms, ids } = await open(2);
    const [ani, budi] = ids;
    const made: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      made.push((await rooms.create(ani, `room ${count}`, [])).id);
      await rooms.create(budi, 'not hers', []);
    }
    const listed = await allPages<Room>(async (last) => {
      if (last && made.length < 9) made.push((await rooms.create(budi, 'late', [ani])).id);
      return rooms.list(ani, last?.id, 2);
    });
    expect(listed.map(({ id }) => id)).toEqual(made);
  });

  test('list their members, each once, while some leave', async () => {
    const { rooms, ids } = await open(9);
    const [ani, ...others] = ids;
    const { id } = await rooms.create(ani, 'x', others);
    const listed = await allPages<{ userId: string }>(async (last) => {
      if (last) await rooms.removeMember(id, last.userId);
      return rooms.members(id, last?.userId, 2);
    });
    expect(listed.map(({ userId }) => userId)).toEqual(ids.toSorted());
  });

  test('are renamed to the letter, also to the name they have', async () => {
    const { rooms, ids } = await open(1);
    const room = await rooms.create(ids[0], 'kamar', []);
    for (const name of ['Kamar', 'Kamar', 'kámar']) {
      await rooms.rename(room.id, name);
      expect(await rooms.find(room.id, ids[0])).toEqual({ ...room, name });
    }
  });

  test('have a member once, of many who add one at the same moment on two nodes', async () => {
    const nodes = await openTwice(kind);
    const [ani, budi] = (await people(nodes[0], 2)) as [string, string];
    const { id } = await nodes[0].rooms.create(ani, 'x', []);
    const calls = Array.from({ length: 20 }, (_, turn) => nodes[turn % 2]!.rooms.addMember(id, budi));
    const answers = await Promise.all(calls);
    expect(answers.filter(({ added }) => added)).toHaveLength(1);
    expect(new Set(answers.map(({ membership }) => membership.joinedAt.getTime())).size).toBe(1);
    expect(await rolesIn(nodes[1], id)).toEqual({ [ani]: 'owner', [budi]: 'member' });
  });

  test('take nobody in once they are gone, nor while they go', async () => {
    const nodes = await openTwice(kind);
    const [ani, ...others] = (await people(nodes[0], 9)) as [string, ...string[]];
    const { id } = await nodes[0].rooms.create(ani, 'x', []);
    const joins = others.map((userId, turn) => nodes[turn % 2]!.rooms.addMember(id, userId));
    const [gone, ends] = await Promise.all([nodes[1].rooms.remove(id), outcomes(joins)]);
    expect(gone).toBe(true);
    expect(Object.keys(ends).filter((end) => !['done', 'room_not_found'].includes(end))).toEqual([]);
    expect(await rows(nodes[0])).toEqual([0, 0]);
    await expect(nodes[0].rooms.addMember(id, ani)).rejects.toMatchObject({ code: 'room_not_found' });
    expect(await nodes[0].rooms.remove(id)).toBe(false);
  });

  test('pass from an owner who leaves to the longest-standing member by the millisecond, and end with the last', async () => {
    const stores = await open(4);
    const { rooms, clock, ids } = stores;
    const [ani, late, early, last] = ids;
    const { id } = await rooms.create(ani, 'x', []);
    for (const member of [early, late, last]) {
      await clock.advance(1);
      await rooms.addMember(id, member);
    }
    expect(await rooms.removeMember(id, ani)).toBe(true);
    expect(await rooms.removeMember(id, ani)).toBe(false);
    expect(await rolesIn(stores, id)).toEqual({ [early]: 'owner', [late]: 'member', [last]: 'member' });
    for (const member of [early, late]) await rooms.removeMember(id, member);
    expect(await rolesIn(stores, id)).toEqual({ [last]: 'owner' });
    await rooms.removeMember(id, last);
    expect(await rows(stores)).toEqual([0, 0]);
  });

  test('have an owner, or are gone, after all but one or all leave at the same moment on two nodes', async () => {
    const nodes = await openTwice(kind);
    const members = await people(nodes[0], 8);
    const [ani = '', ...others] = members;
    const leave = (room: string, leaving: readonly string[]) =>
      Promise.all(leaving.map((userId, turn) => nodes[turn % 2]!.rooms.removeMember(room, userId)));
    const [one, two] = [await nodes[0].rooms.create(ani, 'x', others), await nodes[0].rooms.create(ani, 'y', others)];
    expect(await leave(one.id, members.slice(0, -1))).toEqual(members.slice(0, -1).map(() => true));
    expect(await rolesIn(nodes[0], one.id)).toEqual({ [members.at(-1)!]: 'owner' });
    await leave(two.id, members);
    expect(await rows(nodes[0])).toEqual([1, 1]);
  });

  test('lose their members with the room, and a member with the user', async () => {
    const stores = await open(2);
    const { rooms, database, ids } = stores;
    const [ani, budi] = ids;
    const [kept, removed] = [await rooms.create(ani, 'x', [budi]), await rooms.create(ani, 'y', [budi])];
    await rooms.remove(removed.id);
    expect(await rows(stores)).toEqual([1, 2]);
    await database.getRepository('users').delete({ id: budi });
    expect(await rolesIn(stores, kept.id)).toEqual({ [ani]: 'owner' });
    expect((await rooms.find(kept.id, ani))?.memberCount).toBe(1);
  });
});

describe.each(databaseKinds)('Memberships in $name', (kind) => {
  const test = kind.missing === undefined ? it : it.skip;

  test('say who is in which room, who watches whom, and who shares a room with whom', async () => {
    const stores = await openStores(kind, { PRESENCE_AUTO_WATCH: '2' });
    const { rooms, memberships } = stores;
    const [ani, budi, citra, dewi] = (await people(stores, 4)) as [string, string, string, string];
    const [small, large] = [await rooms.create(ani, 'small', [budi]), await rooms.create(ani, 'large', [budi, citra])];
    expect((await memberships.roomsOf(ani)).toSorted()).toEqual([small.id, large.id].toSorted());
    expect((await memberships.membersOf(large.id)).toSorted()).toEqual([ani, budi, citra].toSorted());
    const { to, among } = await memberships.of(ani);
    expect([to.length, among.length]).toEqual([1, 2]);
    expect(to[0]).toContain(small.id);
    expect(await memberships.peers(ani)).toEqual([budi]);
    expect(await memberships.peers(citra)).toEqual([]);
    expect(await memberships.sharing(ani, [budi, citra, dewi, NOBODY])).toEqual(new Set([ani, budi, citra]));
    expect(await memberships.sharing(dewi, [ani])).toEqual(new Set([dewi]));
    expect([await memberships.roomsOf(dewi), await memberships.membersOf(NOBODY)]).toEqual([[], []]);
  });
});
