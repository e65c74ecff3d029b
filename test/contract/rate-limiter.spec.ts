import { describe, expect, it } from 'vitest';
import { BucketTable } from '../../src/cluster/bucket-table.js';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import type { RateLimiter } from '../../src/cluster/rate-limiter.js';
import { MemoryRateLimiter } from '../../src/cluster/rate-limiter.memory.js';
import { RedisRateLimiter } from '../../src/cluster/rate-limiter.redis.js';
import { SystemClock } from '../../src/common/clock.js';
import { namespace, redisIn, redisKinds, RedisTestClock, withRedis } from '../support/redis.js';
import { TestClock } from '../support/test-clock.js';

/** Makes the limiters of as many nodes of one cluster. */
type Cluster = (nodes: number) => Promise<{ clock: TestClock; limiters: RateLimiter[] }>;

const inMemory: Cluster = async (nodes) => {
  const [backend, clock] = [new MemoryBackend(), new TestClock()];
  return { clock, limiters: Array.from({ length: nodes }, () => new MemoryRateLimiter(backend, clock)) };
};

const onRedis =
  (url: string): Cluster =>
  async (nodes) => {
    const space = await namespace(url);
    const clock = await RedisTestClock.in(space);
    const node = async () => new RedisRateLimiter(await redisIn(space, clock.lua), new SystemClock());
    return { clock, limiters: await Promise.all(Array.from({ length: nodes }, node)) };
  };

const RATE = { count: 5, windowMs: 60_000 };

describe.each(withRedis(inMemory, onRedis))('the %s rate limiter', (_name, cluster) => {
  async function one() {
    const { clock, limiters } = await cluster(1);
    return { clock, limiter: limiters[0]! };
  }

  async function drain(limiter: RateLimiter, key: string) {
    for (let left = RATE.count; left > 0; left--) await limiter.take(key, RATE);
  }

  it('counts down what is left and then says when to come back', async () => {
    const { limiter } = await one();
    for (const remaining of [4, 3, 2, 1, 0]) {
      expect(await limiter.take('alice', RATE)).toEqual({ allowed: true, remaining, retryAfterMs: 0 });
    }
    expect(await limiter.take('alice', RATE)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 12_000 });
  });

  it('is exact under parallel calls over all nodes', async () => {
    const { limiters } = await cluster(3);
    const calls = Array.from({ length: 100 }, async (_, index) => limiters[index % 3]!.take('alice', RATE));
    const allowed = (await Promise.all(calls)).filter((allowance) => allowance.allowed);
    expect(allowed).toHaveLength(5);
  });

  it('takes a rate so high that its tokens are back within a millisecond', async () => {
    const { limiter } = await one();
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await limiter.take('alice', { count: 100_000_000, windowMs: 1000 })).allowed).toBe(true);
    }
  });

  it('keeps every key apart', async () => {
    const { limiter } = await one();
    await drain(limiter, 'alice');
    expect((await limiter.take('bob', RATE)).allowed).toBe(true);
  });

  it('lets one through when the announced time has passed, and not a millisecond earlier', async () => {
    const { limiter, clock } = await one();
    await drain(limiter, 'alice');
    const { retryAfterMs } = await limiter.take('alice', RATE);
    await clock.advance(retryAfterMs - 1);
    expect((await limiter.take('alice', RATE)).allowed).toBe(false);
    await clock.advance(1);
    expect((await limiter.take('alice', RATE)).allowed).toBe(true);
    expect((await limiter.take('alice', RATE)).allowed).toBe(false);
  });

  it('is full again after the window, and no fuller than full', async () => {
    const { limiter, clock } = await one();
    await drain(limiter, 'alice');
    await clock.advance(10 * RATE.windowMs);
    expect(await limiter.take('alice', RATE)).toMatchObject({ allowed: true, remaining: 4 });
  });

  it('takes a token back, and never fills a bucket beyond its brim with it', async () => {
    const { limiter } = await one();
    await drain(limiter, 'alice');
    await limiter.give('alice', RATE);
    expect((await limiter.take('alice', RATE)).allowed).toBe(true);
    expect((await limiter.take('alice', RATE)).allowed).toBe(false);
    for (let given = 0; given < 20; given++) await limiter.give('bob', RATE);
    expect(await limiter.take('bob', RATE)).toMatchObject({ allowed: true, remaining: 4 });
  });
});

describe('the memory rate limiter under a flood of made-up keys', () => {
  it('takes no more memory, still knows who was limited before, and goes on limiting', async () => {
    const limiter = new MemoryRateLimiter(new MemoryBackend(), new TestClock());
    const answers = async (key: string, times: number) => {
      const all = await Promise.all(Array.from({ length: times }, async () => limiter.take(key, RATE)));
      return all.map(({ allowed }) => allowed);
    };
    expect(await answers('alice', 5)).toEqual([true, true, true, true, true]);
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 250_000; index++) void limiter.take(`flood-${index}`, RATE);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    expect(await answers('alice', 1)).toEqual([false]);
    expect(await answers('bob', 6)).toEqual([true, true, true, true, true, false]);
  });

  it('forgets whose bucket is the fullest first, and nobody else where there is room', async () => {
    const table = new BucketTable();
    const keys = Array.from({ length: 1_200_000 }, (_, index) => `key-${index}`);
    const emptiest = Array.from({ length: 1000 }, (_, index) => `emptied-${index}`);
    for (const key of emptiest) table.setFullAt(table.place(key), Number.MAX_SAFE_INTEGER);
    for (const [index, key] of keys.entries()) table.setFullAt(table.place(key), index + 1);
    expect(emptiest.filter((key) => table.fullAt(table.place(key)) === 0)).toEqual([]);
  });

  it('gives whoever was forgotten a full bucket, and nobody else’s, however often they had come before', () => {
    const table = new BucketTable();
    const regulars = Array.from({ length: 50 }, (_, index) => ({ name: `regular-${index}`, fullAt: index + 1 }));
    for (const { name, fullAt } of [...regulars, ...regulars, ...regulars]) table.setFullAt(table.place(name), fullAt);
    for (let index = 0; index < 1_200_000; index++) table.setFullAt(table.place(`key-${index}`), 1000 + index);
    const found = regulars.map(({ name }) => table.fullAt(table.place(name)));
    expect(found.filter((fullAt, index) => fullAt !== 0 && fullAt !== regulars[index]!.fullAt)).toEqual([]);
    expect(found.filter((fullAt) => fullAt === 0).length).toBeGreaterThan(0);
  });
});

describe.each(redisKinds.flatMap(({ name, url }): [string, string][] => (url ? [[name, url]] : [])))(
  'the rate limiter on %s under a flood of made-up keys',
  (_name, url) => {
    it('leaves no key that does not go by itself when its bucket is full', async () => {
      const space = await namespace(url);
      const limiter = new RedisRateLimiter(await redisIn(space), new SystemClock());
      const rates = [RATE, { count: 1, windowMs: 86_400_000 }, { count: 5000, windowMs: 1000 }];
      const keys = Array.from({ length: 2000 }, (_, index) => `flood-${index}`);
      const rateOf = (index: number) => rates[index % rates.length]!;
      await Promise.all(keys.map((key, index) => limiter.take(key, rateOf(index))));
      await Promise.all(keys.slice(0, 1000).map((key, index) => limiter.take(key, rateOf(index))));
      await Promise.all(keys.slice(0, 500).map((key, index) => limiter.give(key, rateOf(index))));
      const left = await space.keys();
      expect(left.length).toBeGreaterThan(1000);
      const lifetimes = await Promise.all(left.map(async (key) => Number(await space.command('PTTL', key))));
      // -1: for good. -2: gone since it was listed.
      expect(lifetimes.filter((ms) => ms === -1)).toHaveLength(0);
      expect(Math.max(...lifetimes)).toBeLessThanOrEqual(86_400_000);
    });
  },
);
