import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { Http, type LoginData } from '../support/http.js';
import { codeOf, type MemberData, newRoom, type PageData, type RoomData, threePeople } from '../support/rooms.js';

describe('the owner of a room', () => {
  it('renames and deletes it, and members who are not the owner do neither', async () => {
    const { http, people } = await threePeople();
    const [alice, bob] = people;
    const room = await newRoom(http, alice, [bob]);
    const [mine, foreign] = [alice, bob].map(({ access_token }) => ({ token: access_token }));
    const body = { name: 'Teras' };
    expect(codeOf(await http.patch(`rooms/${room.id}`, { ...foreign, body }))).toEqual([403, 'not_room_owner']);
    expect(codeOf(await http.delete(`rooms/${room.id}`, foreign))).toEqual([403, 'not_room_owner']);
    expect((await http.patch<RoomData>(`rooms/${room.id}`, { ...mine, body })).body.data).toEqual({ ...room, ...body });
    expect((await http.get<RoomData>(`rooms/${room.id}`, foreign)).body.data.name).toBe('Teras');
    expect((await http.delete(`rooms/${room.id}`, mine)).status).toBe(200);
    for (const call of [mine, foreign]) {
      expect(codeOf(await http.get(`rooms/${room.id}`, call))).toEqual([404, 'room_not_found']);
    }
  });

  it('is the longest-standing member once the owner has left', async () => {
    const { http, people } = await threePeople();
    const [alice, bob, carol] = people;
    const room = await newRoom(http, alice, [carol]);
    const token = alice.access_token;
    await http.put(`rooms/${room.id}/members/${bob.user.id}`, { token });
    expect((await http.delete(`rooms/${room.id}/members/${alice.user.id}`, { token })).status).toBe(200);
    const seen = async (who: LoginData) => http.get<RoomData>(`rooms/${room.id}`, { token: who.access_token });
    expect(codeOf(await seen(alice))).toEqual([404, 'room_not_found']);
    expect((await seen(carol)).body.data).toMatchObject({ role: 'owner', member_count: 2 });
    expect((await seen(bob)).body.data.role).toBe('member');
  });

  it('deletes it by leaving as the last one', async () => {
    const { http, people } = await threePeople();
    const [alice, bob] = people;
    const room = await newRoom(http, alice, [bob]);
    const leave = ({ user, access_token: token }: LoginData) =>
      http.delete(`rooms/${room.id}/members/${user.id}`, { token });
    const replies = await Promise.all([leave(alice), leave(bob)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    for (const { access_token: token } of [alice, bob]) {
      expect(codeOf(await http.get(`rooms/${room.id}`, { token }))).toEqual([404, 'room_not_found']);
    }
    expect((await http.get<PageData<RoomData>>('rooms', { token: bob.access_token })).body.data.items).toEqual([]);
  });
});

describe('members', () => {
  it('are listed with their names and roles, page by page', async () => {
    const { http, people } = await threePeople();
    const [alice, bob, carol] = people;
    const room = await newRoom(http, alice, [bob, carol]);
    const token = bob.access_token;
    const first = (await http.get<PageData<MemberData>>(`rooms/${room.id}/members?limit=2`, { token })).body.data;
    const cursor = first.next_cursor;
    const second = (
      await http.get<PageData<MemberData>>(`rooms/${room.id}/members?limit=2&cursor=${cursor}`, { token })
    ).body.data;
    expect(second.next_cursor).toBeNull();
    const members = [...first.items, ...second.items];
    const roles = Object.fromEntries(members.map(({ display_name, role }) => [display_name, role]));
    expect(roles).toEqual({ Alice: 'owner', Bob: 'member', Carol: 'member' });
    expect(Object.keys(members[0]!).sort()).toEqual(['display_name', 'joined_at', 'role', 'user_id']);
  });

  it('are added and removed by the owner, as often as it is asked', async () => {
    const { http, people } = await threePeople();
    const [alice, bob] = people;
    const room = await newRoom(http, alice);
    const path = `rooms/${room.id}/members/${bob.user.id}`;
    const token = alice.access_token;
    const [once, twice] = [await http.put<MemberData>(path, { token }), await http.put<MemberData>(path, { token })];
    expect([once.status, twice.status]).toEqual([200, 200]);
    expect(once.body.data).toMatchObject({ user_id: bob.user.id, display_name: 'Bob', role: 'member' });
    expect(twice.body.data).toEqual(once.body.data);
    expect((await http.get<RoomData>(`rooms/${room.id}`, { token })).body.data.member_count).toBe(2);
    expect([(await http.delete(path, { token })).status, (await http.delete(path, { token })).status]).toEqual([
      200, 200,
    ]);
    expect(codeOf(await http.get(`rooms/${room.id}`, { token: bob.access_token }))).toEqual([404, 'room_not_found']);
  });

  it('are one each, however many add them at the same moment', async () => {
    const { http, people } = await threePeople();
    const [alice, bob] = people;
    const room = await newRoom(http, alice);
    const token = alice.access_token;
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => http.put(`rooms/${room.id}/members/${bob.user.id}`, { token })),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect((await http.get<RoomData>(`rooms/${room.id}`, { token })).body.data.member_count).toBe(2);
  });

  it('may remove themselves and nobody else', async () => {
    const { http, people } = await threePeople();
    const [alice, bob, carol] = people;
    const room = await newRoom(http, alice, [bob, carol]);
    const token = bob.access_token;
    const remove = (who: LoginData) => http.delete(`rooms/${room.id}/members/${who.user.id}`, { token });
    expect(codeOf(await remove(carol))).toEqual([403, 'not_room_owner']);
    expect(codeOf(await http.put(`rooms/${room.id}/members/${randomUUID()}`, { token }))).toEqual([
      403,
      'not_room_owner',
    ]);
    expect((await remove(bob)).status).toBe(200);
    expect(codeOf(await remove(bob))).toEqual([404, 'room_not_found']);
  });

  it.each([
    ['PUT', randomUUID()],
    ['PUT', 'not-an-id'],
    ['DELETE', randomUUID()],
    ['DELETE', 'not-an-id'],
  ])('%s of somebody who does not exist is user_not_found', async (method, id) => {
    const http = new Http((await startApp()).url);
    const alice = await http.newcomer();
    const room = await newRoom(http, alice);
    const reply = await http.call(method, `rooms/${room.id}/members/${id}`, { token: alice.access_token });
    expect(codeOf(reply)).toEqual([404, 'user_not_found']);
  });

  it('are found by their id in any spelling', async () => {
    const { http, people } = await threePeople();
    const [alice, bob] = people;
    const room = await newRoom(http, alice);
    const path = `rooms/${room.id.toUpperCase()}/members/${bob.user.id.toUpperCase()}`;
    const reply = await http.put<MemberData>(path, { token: alice.access_token });
    expect(reply.body.data.user_id).toBe(bob.user.id);
  });
});
