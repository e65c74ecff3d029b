import { describe, expect, it } from 'vitest';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { namespace, redisBroker, redisIn } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('A subscription that is dead without a sign', () => {
  it('is found within 15 s by the node calling itself, and made again with everything it followed', async (context) => {
    const server = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
    const proxy = await TcpProxy.before(server.url);
    const space = await namespace(server.url);
    const publisher = redisBroker(await redisIn(space));
    const redis = await redisIn({ ...space, url: proxy.url });
    const follower = redisBroker(redis);
    const received: string[] = [];
    for (const topic of ['a', 'b']) await follower.follow(topic, (payload) => received.push(payload));
    proxy.swallow();
    const began = Date.now();
    let count = 0;
    const heard = () => {
      publisher.publish([count % 2 ? 'a' : 'b'], String((count += 1)));
      return received.length;
    };
    await expect.poll(heard, { timeout: 15_000, interval: 100 }).toBeGreaterThan(2);
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(redis.isDown).toBe(false);
  }, 30_000);
});
