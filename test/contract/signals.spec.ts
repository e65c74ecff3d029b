import { describe, expect, it, onTestFinished } from 'vitest';
import type { Broker } from '../../src/cluster/broker.js';
import { MemoryBroker } from '../../src/cluster/broker.memory.js';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { Signals } from '../../src/cluster/signals.js';
import { namespace, redisBroker, redisIn, withRedis } from '../support/redis.js';

declare module '../../src/cluster/signals.js' {
  interface SignalMap {
    'test.changed': { id: number };
    'test.other': string;
  }
}

type Cluster = (nodes: number) => Promise<Broker[]>;

const inMemory: Cluster = async (count) => {
  const backend = new MemoryBackend();
  const brokers = Array.from({ length: count }, () => new MemoryBroker(backend));
  onTestFinished(() => brokers.forEach((broker) => broker.onApplicationShutdown()));
  return brokers;
};

const onRedis =
  (url: string): Cluster =>
  async (count) => {
    const space = await namespace(url);
    return Promise.all(Array.from({ length: count }, async () => redisBroker(await redisIn(space))));
  };

/** The next signal of this name that a node hears. */
const heard = (node: Signals) => new Promise<unknown>((resolve) => node.on('test.changed', resolve));

describe.each(withRedis(inMemory, onRedis))('a signal (%s)', (_, cluster) => {
  async function nodes(count: number) {
    const brokers = await cluster(count);
    const signals = brokers.map((broker) => new Signals(broker));
    await Promise.all(signals.map((node) => node.onModuleInit()));
    return { signals, brokers };
  }

  it('is heard by its own node before emit returns', async () => {
    const [here] = (await nodes(1)).signals as [Signals];
    const ids: number[] = [];
    here.on('test.changed', ({ id }) => ids.push(id));
    here.emit('test.changed', { id: 1 });
    expect(ids).toEqual([1]);
  });

  it('is heard once by every node, its own included', async () => {
    const { signals } = await nodes(3);
    const heardBy = signals.map(() => 0);
    signals.forEach((node, index) => node.on('test.changed', () => heardBy[index]!++));
    signals[0]!.emit('test.changed', { id: 1 });
    signals[1]!.emit('test.changed', { id: 2 });
    await expect.poll(() => heardBy).toEqual([2, 2, 2]);
  });

  it('is heard by those who listen for its name, all of them', async () => {
    const [here] = (await nodes(1)).signals as [Signals];
    const log: string[] = [];
    here.on('test.changed', () => log.push('first'));
    here.on('test.other', () => log.push('other'));
    here.on('test.changed', () => log.push('second'));
    here.emit('test.changed', { id: 1 });
    expect(log).toEqual(['first', 'second']);
  });

  it('survives garbage on the bus', async () => {
    const { signals, brokers } = await nodes(2);
    const arrival = heard(signals[1]!);
    for (const garbage of ['', '{', 'null', '[]', '{"name":1}', '{"name":"__proto__"}'])
      brokers[0]!.publish(['signals'], garbage);
    signals[0]!.emit('test.changed', { id: 7 });
    expect(await arrival).toEqual({ id: 7 });
  });
});
