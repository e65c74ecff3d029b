import { describe, expect, it, onTestFinished } from 'vitest';
import { RedisRateLimiter } from '../../src/cluster/rate-limiter.redis.js';
import { SystemClock } from '../../src/common/clock.js';
import { Redis } from '../../src/redis/redis.js';
import { lasting, repeatedly } from '../support/drill.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { redisBroker } from '../support/redis.js';
import { need } from '../support/requirement.js';

const DEMOTED_MS = 4000;

async function connected({ url }: RedisServer): Promise<Redis> {
  const redis = new Redis({ urls: [url], prefix: 'demoted' }, new SystemClock());
  onTestFinished(() => redis.onApplicationShutdown());
  await redis.open();
  return redis;
}

async function connections(server: RedisServer): Promise<number> {
  const stats = String(await server.command('INFO', 'stats'));
  return Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);
}

describe('A primary that has become a replica', () => {
  it('counts as away: it is asked now and then, others are not set to work, and it is taken back', async (context) => {
    const program = need(context, 'redis-server', findRedisServer());
    const [server, primary] = [await RedisServer.start(program), await RedisServer.start(program)];
    const [redis, other] = [await connected(server), await connected(server)];
    const [broker, listener] = [redisBroker(redis), redisBroker(other)];
    const gaps: number[] = [];
    listener.onGap((forMs) => gaps.push(forMs));
    const limiter = new RedisRateLimiter(redis, new SystemClock());
    let calls = 0;
    const stop = repeatedly(5, () => {
      void limiter.take(`caller ${(calls += 1)}`, { count: 10, windowMs: 1000 });
      broker.publish(['room'], 'hello');
    });
    onTestFinished(stop);
    await server.command('REPLICAOF', '127.0.0.1', String(primary.port));
    await expect.poll(() => redis.isDown, { interval: 5 }).toBe(true);
    const before = await connections(server);
    await lasting(DEMOTED_MS);
    expect(redis.isDown).toBe(true);
    expect((await connections(server)) - before).toBeLessThan(20);
    expect(gaps.length).toBeLessThanOrEqual(1);
    await server.command('REPLICAOF', 'NO', 'ONE');
    await expect.poll(() => redis.isDown, { timeout: 3000 }).toBe(false);
    await expect.poll(() => gaps.at(-1), { timeout: 5000 }).toBeGreaterThanOrEqual(DEMOTED_MS);
    expect(gaps.length).toBeLessThanOrEqual(2);
  }, 30_000);

  it('is none to start on, which is said', async (context) => {
    const program = need(context, 'redis-server', findRedisServer());
    const [server, primary] = [await RedisServer.start(program), await RedisServer.start(program)];
    await server.command('REPLICAOF', '127.0.0.1', String(primary.port));
    await expect(connected(server)).rejects.toMatchObject({ reason: expect.stringContaining('replica') as string });
  }, 30_000);
});
