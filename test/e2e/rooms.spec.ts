import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { Http, type LoginData, type Reply } from '../support/http.js';

interface RoomData {
  id: string;
  name: string;
  role: string;
  member_count: number;
  created_at: string;
}
interface MemberData {
  user_id: string;
  display_name: string;
  role: string;
  joined_at: string;
}
interface PageData<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** A server with three people who can call it. */
async function threePeople(): Promise<{ app: TestApp; http: Http; people: [LoginData, LoginData, LoginData] }> {
  const app = await startApp();
  const http = new Http(app.url);
  const [alice, bob, carol] = await Promise.all(['Alice', 'Bob', 'Carol'].map((name) => http.newcomer(name)));
  return { app, http, people: [alice!, bob!, carol!] };
}

async function newRoom(http: Http, owner: LoginData, members: LoginData[] = [], name = 'Dapur'): Promise<RoomData> {
  const body = { name, member_ids: members.map(({ user }) => user.id) };
  const reply = await http.post<RoomData>('rooms', { token: owner.access_token, body });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body.data;
}

const codeOf = ({ status, body }: Reply) => [status, body.error?.code];

describe('creating a room', () => {
  it('makes the caller its owner and counts everybody who was named', async () => {
    const { http, people } = await threePeople();
    const [alice, bob, carol] = people;
    const room = await newRoom(http, alice, [bob, carol, bob, alice], '  Dapur  ');
    expect(room).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      name: 'Dapur',
      role: 'owner',
      member_count: 3,
      created_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
    });
    const seen = await http.get<RoomData>(`rooms/${room.id}`, { token: bob.access_token });
    expect(seen.body.data).toEqual({ ...room, role: 'member' });
  });

  it.each([
    ['no name', {}, 'name'],
    ['an empty name', { name: '   ' }, 'name'],
    ['a name of 101 characters', { name: 'x'.repeat(101) }, 'name'],
    ['a name with a line feed', { name: 'a\nb' }, 'name'],
    ['a name that is a number', { name: 7 }, 'name'],
    ['an unknown field', { name: 'ok', colour: 'red' }, 'colour'],
    ['members that are no ids', { name: 'ok', member_ids: ['bob'] }, 'member_ids'],
    ['members that are no list', { name: 'ok', member_ids: 'bob' }, 'member_ids'],
    [
      'more than 100 members',
      { name: 'ok', member_ids: Array.from({ length: 101 }, () => randomUUID()) },
      'member_ids',
    ],
    ['a member who does not exist', { name: 'ok', member_ids: [randomUUID()] }, 'member_ids'],
  ])('refuses %s and names the field', async (_, body, field) => {
    const http = new Http((await startApp()).url);
    const { access_token: token } = await http.newcomer();
    const reply = await http.post('rooms', { token, body });
    expect(codeOf(reply)).toEqual([400, 'validation_failed']);
    expect(reply.body.error?.details?.map((detail) => detail.field)).toEqual([field]);
    expect((await http.get<PageData<RoomData>>('rooms', { token })).body.data.items).toEqual([]);
  });

  it('asks who is calling', async () => {
    const http = new Http((await startApp()).url);
    expect(codeOf(await http.post('rooms', { body: { name: 'Dapur' } }))).toEqual([401, 'token_missing']);
  });
});

describe('the list of rooms', () => {
  it('goes page by page through the rooms of the caller and no others', async () => {
    const { http, people } = await threePeople();
    const [alice, bob] = people;
    const rooms: string[] = [];
    for (const name of ['one', 'two', 'three', 'four', 'five']) rooms.push((await newRoom(http, alice, [], name)).id);
    await newRoom(http, bob, [], 'foreign');
    const token = alice.access_token;
    const seen: string[] = [];
    let path = 'rooms?limit=2';
    for (let pages = 1; ; pages += 1) {
      const { items, next_cursor } = (await http.get<PageData<RoomData>>(path, { token })).body.data;
      seen.push(...items.map(({ id }) => id));
      path = `rooms?limit=2&cursor=${next_cursor}`;
      if (next_cursor !== null) continue;
      expect(pages).toBe(3);
      break;
    }
    expect(seen).toEqual(rooms);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=%00', 'cursor=..', 'page=2'])('refuses ?%s', async (query) => {
    const http = new Http((await startApp()).url);
    const { access_token: token } = await http.newcomer();
    expect(codeOf(await http.get(`rooms?${query}`, { token }))).toEqual([400, 'validation_failed']);
  });
});

describe('a room that is missing and one that is foreign', () => {
  const calls: [string, string, string, unknown?][] = [
    ['GET', 'GET', ''],
    ['PATCH', 'PATCH', '', { name: 'mine now' }],
    ['DELETE', 'DELETE', ''],
    ['the list of members', 'GET', '/members'],
    ['adding a member', 'PUT', '/members/SELF'],
    ['removing a member', 'DELETE', '/members/OWNER'],
    ['leaving', 'DELETE', '/members/SELF'],
  ];

  it.each(calls)('answer alike to %s', async (_, method, path, body) => {
    const { http, people } = await threePeople();
    const [alice, bob, carol] = people;
    const room = await newRoom(http, alice, [carol]);
    const answers: unknown[] = [];
    for (const id of [room.id, randomUUID(), 'not-an-id', `${room.id}0`]) {
      const end = path.replace('SELF', bob.user.id).replace('OWNER', alice.user.id);
      const call = {
        token: bob.access_token,
        ...(body === undefined ? {} : { body }),
        headers: { 'x-request-id': 'same' },
      };
      const reply = await http.call(method, `rooms/${id}${end}`, call);
      answers.push({ status: reply.status, body: reply.body });
    }
    expect(answers[0]).toMatchObject({ status: 404, body: { success: false, error: { code: 'room_not_found' } } });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const untouched = await http.get<RoomData>(`rooms/${room.id}`, { token: alice.access_token });
    expect(untouched.body.data).toEqual(room);
  });

  it('take equally long to refuse', async () => {
    const { http, people } = await threePeople();
    const room = await newRoom(http, people[0]);
    const token = people[1].access_token;
    const times: Record<'foreign' | 'missing', number[]> = { foreign: [], missing: [] };
    for (let sample = 0; sample < 200; sample += 1) {
      for (const kind of ['foreign', 'missing'] as const) {
        const start = performance.now();
        await http.get(`rooms/${kind === 'foreign' ? room.id : randomUUID()}`, { token });
        times[kind].push(performance.now() - start);
      }
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length / 2]!;
    expect(Math.abs(median(times.foreign) - median(times.missing))).toBeLessThan(5);
  });
});

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

  it('cannot leave it', async () => {
    const { http, people } = await threePeople();
    const [alice] = people;
    const room = await newRoom(http, alice);
    const reply = await http.delete(`rooms/${room.id}/members/${alice.user.id}`, { token: alice.access_token });
    expect(codeOf(reply)).toEqual([409, 'owner_cannot_leave']);
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
