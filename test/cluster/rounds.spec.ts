import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { roommates } from '../support/scene.js';
import { connect } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

function sharedDatabase(): { DATABASE_URL: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-rounds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}` };
}

describe('A membership that a node never heard of', () => {
  it('is followed there too within a minute, and one that has ended no longer', async () => {
    const env = sharedDatabase();
    const clock = new TestClock();
    const [here, there] = [await startApp({ env, clock }), await startApp({ env, clock })];
    const { room, people } = await roommates(here, 'ani', 'budi', 'dewi');
    const [ani, budi, dewi] = people;
    const [device, watcher, stayer] = [
      await connect(there.wsUrl, ani.token),
      await connect(there.wsUrl, budi.token),
      await connect(there.wsUrl, dewi.token),
    ];
    const { id: second } = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'baru', member_ids: [budi.id] });
    await ani.succeed('DELETE', `rooms/${room}/members/${budi.id}`);
    await clock.advance(61_000);
    const heard = async () => {
      for (const room_id of [room, second]) {
        for (const type of ['typing_stop', 'typing_start']) await device.request(type, { room_id });
      }
      return [...new Set(watcher.ofType('typing_start').map(({ data }) => (data as { room_id: string }).room_id))];
    };
    await expect.poll(heard).toEqual([second]);
    // Dewi, who stays in the first, hears of it.
    await stayer.next('typing_start');
  });
});

describe('A session whose end a node never heard of', () => {
  it('is ended there too within a minute, and so is that of a disabled user; nobody else’s', async () => {
    const env = sharedDatabase();
    const clock = new TestClock();
    // Neither hears the other.
    const [here, there] = [await startApp({ env, clock }), await startApp({ env, clock })];
    const [ani, budi, dewi] = [
      await newPerson(here, 'ani'),
      await newPerson(here, 'budi'),
      await newPerson(here, 'dewi'),
    ];
    const [gone, stays, disabled] = [
      await connect(there.wsUrl, ani.token),
      await connect(there.wsUrl, budi.token),
      await connect(there.wsUrl, dewi.token),
    ];
    await ani.call('POST', 'auth/logout');
    await here.app.get(DataSource).query('UPDATE users SET disabled_at = created_at WHERE id = ?', [dewi.id]);
    await stays.settled();
    expect(gone.closed).toBeUndefined();
    await clock.advance(61_000);
    expect((await gone.ended()).code).toBe(4500);
    expect((await disabled.ended()).code).toBe(4501);
    await stays.settled();
    expect(stays.closed).toBeUndefined();
  });

  it('is ended there within seconds while Redis is away', async (context) => {
    const redis = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
    const env = { ...sharedDatabase(), REDIS_URL: redis.url };
    const [here, there] = [await startApp({ env }), await startApp({ env })];
    const [ani, budi] = [await newPerson(here, 'ani'), await newPerson(here, 'budi')];
    const [gone, stays] = [await connect(there.wsUrl, ani.token), await connect(there.wsUrl, budi.token)];
    await redis.kill();
    await ani.call('POST', 'auth/logout');
    await expect.poll(() => gone.closed?.code, { timeout: 15_000 }).toBe(4500);
    await stays.settled();
    expect(stays.closed).toBeUndefined();
  }, 40_000);
});
