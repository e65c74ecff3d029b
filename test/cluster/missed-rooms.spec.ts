import { describe, expect, it, type TestContext } from 'vitest';
import { startApp } from '../support/app.js';
import { newPerson, type Person } from '../support/people.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { change, databaseFile, enter, roomOf } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A silent subscription is found within 12 s, in milliseconds. */
const PATIENCE_MS = 20_000;

/** Ani on a node that hears, Budi and Citra on one that can be made deaf. */
async function setting(context: TestContext) {
  const redis = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
  const proxy = await TcpProxy.before(redis.url);
  const env = { DATABASE_URL: databaseFile() };
  const here = await startApp({ env: { ...env, REDIS_URL: redis.url } });
  const deaf = await startApp({ env: { ...env, REDIS_URL: proxy.url } });
  const [ani, budi, citra] = [await newPerson(here, 'ani'), await newPerson(here, 'budi'), await newPerson(here, 'c')];
  return { proxy, here, deaf, ani, budi, citra };
}

const roomEvents = (socket: TestSocket) =>
  socket.frames.filter(({ type }) => type.startsWith('room_')).map(({ type, data }) => ({ type, data }));

const shows = (socket: TestSocket, { id }: Person) =>
  socket
    .ofType('presence_snapshot')
    .flatMap(({ data }) => (data as { users: { user_id: string; status: string }[] }).users)
    .find(({ user_id }) => user_id === id);

describe('After a node was deaf', () => {
  it('clients know the rooms they came into and lost, whom they meet there, and their own status', async (context) => {
    const { proxy, here, deaf, ani, budi, citra } = await setting(context);
    const lost = await roomOf([ani, budi]);
    await enter(here, ani);
    const dewi = await newPerson(here, 'dewi');
    await enter(here, dewi);
    const phone = await enter(here, budi);
    const [atBudi, atCitra] = [await enter(deaf, budi), await enter(deaf, citra)];
    await atBudi.settled();
    proxy.swallow();
    await ani.succeed('DELETE', `rooms/${lost}/members/${budi.id}`);
    const found = await dewi.succeed<{ id: string }>('POST', 'rooms', { name: 'baru', member_ids: [budi.id] });
    await budi.succeed('PUT', 'presence/me', { status: 'invisible' });
    await phone.settled();
    await atBudi.until(() => atBudi.ofType('room_added')[0], 'the new room', PATIENCE_MS);
    await atBudi.until(() => shows(atBudi, dewi), 'a snapshot with Dewi');
    const own = await change(atBudi, budi.id, 1);
    expect(own).toMatchObject({ status: 'invisible', expires_at: null });
    expect(roomEvents(atBudi)).toEqual([
      { type: 'room_removed', data: { room_id: lost } },
      { type: 'room_added', data: { ...found, role: 'member' } },
    ]);
    expect((await atBudi.request('typing_start', { room_id: lost })).type).toBe('error');
    await atCitra.settled();
    expect(roomEvents(atCitra)).toEqual([]);
  }, 60_000);
});
