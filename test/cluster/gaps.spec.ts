import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import type { RedisBroker } from '../../src/cluster/broker.redis.js';
import { NodeIdentity } from '../../src/cluster/node-identity.js';
import { SystemClock } from '../../src/common/clock.js';
import { Metrics } from '../../src/common/metrics.js';
import { Redis } from '../../src/redis/redis.js';
import { lasting } from '../support/drill.js';
import { address, namespace, redisBroker } from '../support/redis.js';
import { need } from '../support/requirement.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** The clock of a machine that somebody sets. */
class SetClock extends SystemClock {
  private offset = 0;

  set(ms: number): void {
    this.offset += ms;
  }

  override now(): number {
    return super.now() + this.offset;
  }
}

interface Node {
  readonly redis: Redis;
  readonly broker: RedisBroker;
  readonly clock: SetClock;
  /** How long each gap was that it told. */
  readonly gaps: number[];
}

async function node(url: string, prefix: string): Promise<Node> {
  const clock = new SetClock();
  const redis = new Redis({ urls: [url], prefix }, clock);
  onTestFinished(() => redis.onApplicationShutdown());
  await redis.open();
  const broker = redisBroker(redis, new NodeIdentity(), new Metrics(), clock);
  const gaps: number[] = [];
  broker.onGap((forMs) => gaps.push(forMs));
  await broker.follow('room', () => undefined);
  return { redis, broker, clock, gaps };
}

/** One node straight at Redis, another behind a proxy. */
async function nearAndFar(context: TestContext) {
  const url = need(context, 'TEST_REDIS_URL', address);
  const { prefix } = await namespace(url);
  const proxy = await TcpProxy.before(url);
  return { proxy, near: await node(url, prefix), far: await node(proxy.url, prefix) };
}

describe('A gap is told for as long as it was', () => {
  it('by a node whose subscription had been dead before anybody noticed', async (context) => {
    const { proxy, far } = await nearAndFar(context);
    proxy.swallow();
    far.redis.commands.reset('the test gives it one that lives');
    const began = performance.now();
    await lasting(800);
    // Nobody answers, which is noticed in time.
    void far.broker.follow('another room', () => undefined);
    await expect.poll(() => far.gaps, { timeout: 5000 }).toHaveLength(1);
    expect(far.gaps[0]).toBeGreaterThanOrEqual(Math.floor(performance.now() - began) - 100);
  });

  it('to the others, by a node that gave a publication up long after it was made', async (context) => {
    const { proxy, near, far } = await nearAndFar(context);
    proxy.freeze();
    far.broker.publish(['room'], 'never sent');
    const began = performance.now();
    await lasting(2000);
    proxy.down();
    proxy.thaw();
    proxy.up();
    await expect.poll(() => near.gaps, { timeout: 5000 }).toHaveLength(1);
    expect(near.gaps[0]).toBeGreaterThanOrEqual(Math.floor(performance.now() - began) - 100);
  });

  it('to the others, although the word of it was lost too', async (context) => {
    const { proxy, near, far } = await nearAndFar(context);
    proxy.down();
    await expect.poll(() => far.redis.isDown).toBe(true);
    far.broker.publish(['room'], 'lost');
    const began = performance.now();
    await lasting(300);
    proxy.latency(50);
    let isFirst = true;
    far.redis.commands.onUp(() => {
      if (isFirst) proxy.reset();
      isFirst = false;
    });
    proxy.up();
    await expect.poll(() => near.gaps, { timeout: 8000 }).toHaveLength(1);
    expect(near.gaps[0]).toBeGreaterThanOrEqual(Math.floor(performance.now() - began) - 100);
  });

  it('to the others, by a node that had too much to say although its connection holds', async (context) => {
    const { near, far } = await nearAndFar(context);
    const mebibyte = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 30; count += 1) near.broker.publish(['room'], mebibyte);
    await expect.poll(() => far.gaps, { timeout: 8000 }).toHaveLength(1);
    expect(near.gaps).toEqual([]);
    expect(near.redis.isDown).toBe(false);
  });

  it.for([-60_000, 60_000])('also where the clock is set by %i ms meanwhile', async (ms, context) => {
    const { proxy, near, far } = await nearAndFar(context);
    proxy.down();
    await expect.poll(() => far.redis.isDown).toBe(true);
    far.broker.publish(['room'], 'lost');
    far.clock.set(ms);
    await lasting(300);
    proxy.up();
    for (const { gaps } of [near, far]) {
      await expect.poll(() => gaps, { timeout: 5000 }).toHaveLength(1);
      expect(gaps[0]).toBeGreaterThanOrEqual(Math.max(300, ms));
    }
  });
});
