import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { newPerson } from '../support/people.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { enter } from '../support/scene.js';
import { refusedStart, startServer } from '../support/server.js';

describe('A node with Redis', () => {
  it('does not start where Redis does not answer, and says so', async () => {
    const { code, output } = await refusedStart({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    expect(code).toBe(1);
    expect(output).toMatch(/REDIS_URL does not answer \(.*ECONNREFUSED/);
  });

  it('leaves nothing of itself in Redis when it stops, only who is expected back', async (context) => {
    const redis = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
    const env = { REDIS_URL: redis.url, DRAIN_TIMEOUT: '200ms', PRESENCE_GRACE: '0s' };
    const server = await startServer({ env });
    await enter(server, await newPerson(server, 'ani'));
    expect(((await redis.command('KEYS', '*of-node*')) as string[]).length).toBe(2);
    server.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
    const left = (await redis.command('KEYS', '*')) as string[];
    expect(left.filter((key) => !/presence\}:(user:.*|deadlines)$/.test(key))).toEqual([]);
  });

  it('stops in time with exit code 0 although Redis is frozen', async (context) => {
    const redis = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
    const server = await startServer({ env: { REDIS_URL: redis.url, DRAIN_TIMEOUT: '1s' } });
    const socket = await enter(server, await newPerson(server, 'ani'));
    redis.freeze();
    const began = Date.now();
    server.kill('SIGTERM');
    expect((await socket.ended()).code).toBe(1001);
    expect((await server.exited).code).toBe(0);
    expect(Date.now() - began).toBeLessThan(6000);
  });
});
