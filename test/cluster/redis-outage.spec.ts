import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { type Pair, pairOn, readiness, untilHeard } from '../support/outage.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { change, changes, statuses } from '../support/scene.js';
import { connect } from '../support/socket.js';

const found = findRedisServer();

interface Setting extends Pair {
  readonly redis: RedisServer;
  readonly nodes: readonly [TestApp, TestApp];
}

/** Ani on one node, Budi on both, and a Redis to be broken. */
async function setting(context: TestContext, env: Record<string, string> = {}): Promise<Setting> {
  const redis = await RedisServer.start(need(context, 'redis-server', found));
  const folder = mkdtempSync(join(tmpdir(), 'hadir-outage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const shared = {
    DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}`,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'error',
    ...env,
  };
  const nodes = [await startApp({ env: shared }), await startApp({ env: shared })] as const;
  return { redis, nodes, ...(await pairOn(nodes)) };
}

describe('While Redis is down', () => {
  it('what happens on one node is told there, nobody goes offline, newcomers come in, limits hold', async (context) => {
    const scene = await setting(context, { RATE_LIMIT_HANDSHAKE: '6/60s', PRESENCE_GRACE: '200ms' });
    const { redis, nodes, room, ani, budi, device, watchers } = scene;
    await redis.kill();
    await expect.poll(() => readiness(nodes[0])).toEqual(['redis']);
    expect((await fetch(`${nodes[0].url}/health/live`)).status).toBe(200);
    await device.request('typing_start', { room_id: room });
    await watchers[0].next('typing_start');
    const second = await connect(nodes[0].wsUrl, budi.token);
    expect(second.frames[0]).toMatchObject({ type: 'connected', data: { status: 'online' } });
    await second.settled();
    const began = Date.now();
    expect((await ani.call('GET', 'presence/me')).status).toBe(503);
    expect((await ani.call('POST', 'auth/ws-ticket')).status).toBe(503);
    expect(Date.now() - began).toBeLessThan(1000);
    const tries = Array.from({ length: 12 }, () => connect(nodes[1].wsUrl, ani.token));
    const refused = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(6);
    for (const watcher of watchers) expect(statuses(watcher, ani.id).at(-1)).toBe('online');
    await redis.run();
    await expect.poll(() => readiness(nodes[0]), { timeout: 5000 }).toBe(200);
    await second.next('presence_snapshot');
    expect(await untilHeard(scene, 5000)).toBeLessThan(5000);
    for (const watcher of watchers) expect(changes(watcher, ani.id)).toEqual(['online']);
  }, 40_000);

  it('a departure is not forgotten: it is told when Redis is back', async (context) => {
    const { redis, ani, device, watchers } = await setting(context, { PRESENCE_GRACE: '200ms' });
    redis.freeze();
    await device.close();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(statuses(watchers[0], ani.id)).toEqual(['online']);
    redis.thaw();
    for (const watcher of watchers) expect((await change(watcher, ani.id, 2)).status).toBe('offline');
  }, 40_000);

  it('a frozen Redis costs a call two seconds at most, and a ping nothing', async (context) => {
    const { redis, ani, device, nodes } = await setting(context);
    redis.freeze();
    const pings: number[] = [];
    const calls = Array.from({ length: 5 }, async () => {
      const began = Date.now();
      expect((await ani.call('GET', 'presence/me')).status).toBe(503);
      return Date.now() - began;
    });
    for (const end = Date.now() + 2000; Date.now() < end;) {
      const began = Date.now();
      await device.request('ping');
      pings.push(Date.now() - began);
    }
    for (const ms of await Promise.all(calls)) expect(ms).toBeLessThan(2000);
    expect(pings.sort((a, b) => a - b)[Math.floor(pings.length * 0.99)]).toBeLessThan(50);
    expect(await readiness(nodes[0])).toEqual(['redis']);
    redis.thaw();
    await expect.poll(() => readiness(nodes[0]), { timeout: 5000 }).toBe(200);
  }, 40_000);
});

describe('After Redis has lost everything', () => {
  const losses = {
    FLUSHALL: (redis: RedisServer) => redis.command('FLUSHALL'),
    'a restart': async (redis: RedisServer) => {
      await redis.kill();
      await redis.run();
    },
  };

  it.for(Object.entries(losses))(
    'by %s, presence and connections are whole again, and nobody heard of it',
    { timeout: 60_000 },
    async ([, lose], context) => {
      const { redis, nodes, ani, budi, watchers } = await setting(context, { MAX_CONNECTIONS_PER_USER: '2' });
      await ani.succeed('PUT', 'presence/me', { status: 'busy' });
      for (const watcher of watchers) await change(watcher, ani.id, 2);
      await lose(redis);
      await expect.poll(() => readiness(nodes[0]), { timeout: 5000 }).toBe(200);
      const seen = async () =>
        (await budi.call<{ status: string }[]>('GET', `presence?user_ids=${ani.id}`)).body.data?.[0]?.status;
      await expect.poll(seen, { timeout: 25_000 }).toBe('busy');
      await expect
        .poll(async () => (await budi.call('POST', 'auth/ws-ticket')).body.error?.code, { timeout: 25_000 })
        .toBe('too_many_connections');
      for (const watcher of watchers) {
        await watcher.settled();
        expect(changes(watcher, ani.id)).toEqual(['online', 'busy']);
      }
    },
  );
});

describe('A subscription that is cut', () => {
  it('is made again, and what is garbage on the bus is dropped and counted', async (context) => {
    const scene = await setting(context);
    await scene.redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await untilHeard(scene, 5000)).toBeLessThan(5000);
    for (const text of ['', '{', `hadir1 ${randomUUID()} 1 99\nshort`]) {
      await scene.redis.command('PUBLISH', '{hadir:bus}:signals', text);
    }
    await untilHeard(scene, 5000);
    const metrics = await (await fetch(`${scene.nodes[0].url}/metrics`)).text();
    expect(metrics).toContain('hadir_bus_dropped_total{cause="garbage"} 3');
  }, 40_000);
});
