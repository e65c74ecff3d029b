import { expect, it, onTestFinished, vi } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { Redis } from '../../src/redis/redis.js';
import { redisCluster } from '../support/redis-cluster.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';

it.for<[kind: string, start: (program: string) => Promise<{ url: string }>]>([
  ['one server', (program) => RedisServer.start(program)],
  ['a cluster', (program) => redisCluster(program)],
])(
  'A command to %s has our deadline, and none of the client’s own',
  { timeout: 60_000 },
  async ([, start], context) => {
    const { url } = await start(need(context, 'redis-server', findRedisServer()));
    const redis = new Redis({ urls: [url], prefix: 'commands' }, new SystemClock());
    onTestFinished(() => redis.onApplicationShutdown());
    await redis.open();
    const deadlines = vi.spyOn(AbortSignal, 'timeout');
    onTestFinished(() => deadlines.mockRestore());
    for (const key of ['a', 'b', 'c']) expect(await redis.send('SET', key, 1)).toBe('OK');
    await redis.commands.run((server) => server.publish('channel', 'said'));
    expect(deadlines).not.toHaveBeenCalled();
  },
);
