import { describe, expect, it, type TestContext } from 'vitest';
import { startApp } from '../support/app.js';
import { readiness } from '../support/outage.js';
import { newPerson, type Person } from '../support/people.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { databaseFile, enter } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';

const found = findRedisServer();

/** Ani and Budi on one node, strangers to each other, and a Redis to be broken. */
async function setting(context: TestContext) {
  const redis = await RedisServer.start(need(context, 'redis-server', found));
  const node = await startApp({ env: { DATABASE_URL: databaseFile(), REDIS_URL: redis.url } });
  const [ani, budi] = [await newPerson(node, 'ani'), await newPerson(node, 'budi')];
  const [atAni, atBudi] = [await enter(node, ani), await enter(node, budi)];
  const away = async () => {
    await redis.kill();
    await expect.poll(() => readiness(node)).toEqual(['redis']);
  };
  const back = async () => {
    await redis.run();
    await expect.poll(() => readiness(node), { timeout: 5000 }).toBe(200);
  };
  return { ani, budi, atAni, atBudi, away, back };
}

const roomsOf = async (person: Person) => (await person.succeed<{ items: { id: string }[] }>('GET', 'rooms')).items;

/** Whom a socket was shown in snapshots. */
const seenBy = (socket: TestSocket) =>
  socket.ofType('presence_snapshot').flatMap(({ data }) => (data as { users: { user_id: string }[] }).users);

async function seeEachOther(pairs: readonly [TestSocket, Person][]): Promise<void> {
  for (const [socket, { id }] of pairs) {
    const look = () => seenBy(socket).find(({ user_id }) => user_id === id);
    await socket.until(look, `a snapshot with ${id}`, 10_000);
  }
}

describe('While Redis is down', () => {
  it('a room is made once and told; its members are shown to each other when Redis is back', async (context) => {
    const { ani, budi, atAni, atBudi, away, back } = await setting(context);
    await away();
    const room = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar', member_ids: [budi.id] });
    expect((await atBudi.next('room_added')).data).toMatchObject({ id: room.id, role: 'member' });
    expect(await roomsOf(budi)).toHaveLength(1);
    await back();
    await seeEachOther([
      [atAni, budi],
      [atBudi, ani],
    ]);
  }, 40_000);

  it('a member is added and told; they and the others are shown to each other when Redis is back', async (context) => {
    const { ani, budi, atAni, atBudi, away, back } = await setting(context);
    const { id } = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar' });
    await away();
    await ani.succeed('PUT', `rooms/${id}/members/${budi.id}`);
    await atBudi.next('room_added');
    await atAni.next('room_member_added');
    await back();
    await seeEachOther([
      [atAni, budi],
      [atBudi, ani],
    ]);
  }, 40_000);

  it('who was removed again before Redis is back is shown nobody', async (context) => {
    const { ani, budi, atAni, atBudi, away, back } = await setting(context);
    await away();
    const { id } = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar', member_ids: [budi.id] });
    await ani.succeed('DELETE', `rooms/${id}/members/${budi.id}`);
    await back();
    const snapshots = atBudi.ofType('presence_snapshot').length;
    await atBudi.until(() => atBudi.ofType('presence_snapshot')[snapshots], 'the belated snapshot', 10_000);
    expect([...seenBy(atBudi), ...seenBy(atAni)]).toEqual([]);
  }, 40_000);
});
