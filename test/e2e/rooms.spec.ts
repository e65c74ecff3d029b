import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { Http } from '../support/http.js';
import { codeOf, newRoom, type PageData, type RoomData, threePeople } from '../support/rooms.js';

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

describe('the number of rooms', () => {
  it('that one user owns is bounded, also of many made at once; being a member is no matter', async () => {
    const { http, people } = await threePeople({ MAX_ROOMS_PER_USER: '3' });
    const [alice, bob] = people;
    const token = alice.access_token;
    for (const name of ['one', 'two', 'three']) await newRoom(http, bob, [alice], name);
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, at) => http.post<RoomData>('rooms', { token, body: { name: `room ${at}` } })),
    );
    expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409, 409, 409, 409]);
    expect(codeOf(made.find(({ status }) => status === 409)!)).toEqual([409, 'too_many_rooms']);
    const own = made.find(({ status }) => status === 201)!.body.data;
    expect((await http.delete(`rooms/${own.id}`, { token })).status).toBe(200);
    await newRoom(http, alice, [], 'again');
    expect(codeOf(await http.post('rooms', { token, body: { name: 'more' } }))).toEqual([409, 'too_many_rooms']);
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
