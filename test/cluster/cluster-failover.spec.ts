import { describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { Redis } from '../../src/redis/redis.js';
import { repeatedly } from '../support/drill.js';
import { addReplica, redisCluster } from '../support/redis-cluster.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { redisBroker } from '../support/redis.js';
import { need } from '../support/requirement.js';

/** A key on each of the three masters, in their order: slots 3300, 7365 and 15495. */
const KEYS = ['b', 'c', 'a'] as const;

async function connected(...urls: string[]): Promise<Redis> {
  const redis = new Redis({ urls, prefix: 'named' }, new SystemClock());
  onTestFinished(() => redis.onApplicationShutdown());
  await redis.open();
  return redis;
}

/** @returns 'OK', or what was wrong */
const write = (redis: Redis, key: string) => redis.send<string>('SET', key, 1).catch(String);

const named = ({ url, servers }: { url: string; servers: readonly RedisServer[] }) =>
  servers.find((server) => server.url === url)!;

describe('A Redis Cluster', () => {
  it('is found by any of the servers of REDIS_URL', { timeout: 60_000 }, async (context) => {
    const cluster = await redisCluster(need(context, 'redis-server', findRedisServer()));
    const [first, second, third] = cluster.servers as [RedisServer, RedisServer, RedisServer];
    for (const server of cluster.servers) await server.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
    await first.kill();
    await expect(connected(first.url)).rejects.toMatchObject({ reason: expect.stringContaining('does not answer') });
    const redis = await connected(first.url, third.url);
    expect(await write(redis, KEYS[cluster.servers.indexOf(second)]!)).toBe('OK');
  });

  it('is not made of servers that belong to none', { timeout: 60_000 }, async (context) => {
    const program = need(context, 'redis-server', findRedisServer());
    const servers = [await RedisServer.start(program), await RedisServer.start(program)];
    const reason = expect.stringContaining('it belongs to no cluster');
    await expect(connected(...servers.map(({ url }) => url))).rejects.toMatchObject({ reason });
  });

  it('is used on when the server of REDIS_URL dies and its replica takes its place', async (context) => {
    const program = need(context, 'redis-server', findRedisServer());
    const cluster = await redisCluster(program);
    await addReplica(program, cluster, named(cluster));
    const [redis, other] = [await connected(cluster.url), await connected(cluster.url)];
    const [publisher, follower] = [redisBroker(redis), redisBroker(other)];
    const heard: string[] = [];
    await follower.follow('room', (payload) => heard.push(payload));
    for (const key of KEYS) expect(await write(redis, key)).toBe('OK');
    await named(cluster).kill();
    const writes = () => Promise.all(KEYS.map((key) => write(redis, key)));
    await expect.poll(writes, { timeout: 15_000 }).toEqual(['OK', 'OK', 'OK']);
    const publish = () => {
      publisher.publish(['room'], 'after');
      return heard.length;
    };
    await expect.poll(publish, { timeout: 5000 }).toBeGreaterThan(0);
    expect([redis.isDown, other.isDown]).toEqual([false, false]);
  }, 60_000);

  it.for(['kill', 'freeze'] as const)(
    'answers for all other slots while one master is gone (%s)',
    { timeout: 60_000 },
    async (fault, context) => {
      const cluster = await redisCluster(need(context, 'redis-server', findRedisServer()));
      for (const server of cluster.servers)
        await server.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
      const redis = await connected(cluster.url);
      const [first] = cluster.servers as [RedisServer];
      expect(first.url).not.toBe(cluster.url);
      await first[fault]();
      onTestFinished(() => first.thaw());
      const answers: Record<string, string[]> = {};
      const stop = KEYS.map((key) =>
        repeatedly(20, async () => void (answers[key] ??= []).push(await write(redis, key))),
      );
      const [gone, ...left] = KEYS;
      await expect.poll(() => answers[left[0]]?.length, { timeout: 20_000 }).toBeGreaterThan(200);
      await Promise.all(stop.map((end) => end()));
      for (const key of left) expect(answers[key]!.filter((answer) => answer !== 'OK')).toEqual([]);
      expect(answers[gone]).not.toContain('OK');
      expect(redis.isDown).toBe(false);
    },
  );
});
