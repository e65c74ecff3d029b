import { describe, expect, it, onTestFinished } from 'vitest';
import type { Broker } from '../../src/cluster/broker.js';
import { MemoryBroker } from '../../src/cluster/broker.memory.js';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { namespace, redisBroker, redisIn, withRedis } from '../support/redis.js';

/** Makes brokers of as many nodes of one cluster; each closes with the test. */
type Cluster = (nodes: number) => Promise<Broker[]>;

const inMemory: Cluster = async (nodes) => {
  const backend = new MemoryBackend();
  const brokers = Array.from({ length: nodes }, () => new MemoryBroker(backend));
  onTestFinished(() => brokers.forEach((broker) => broker.onApplicationShutdown()));
  return brokers;
};

const onRedis =
  (url: string): Cluster =>
  async (nodes) => {
    const space = await namespace(url);
    return Promise.all(Array.from({ length: nodes }, async () => redisBroker(await redisIn(space))));
  };

/** Collects what is received, and waits for one payload: all that was published before it by the same node has arrived then. */
function inbox() {
  const received: string[] = [];
  const waiting = new Map<string, () => void>();
  const receive = (payload: string) => {
    received.push(payload);
    waiting.get(payload)?.();
  };
  const until = (payload: string) =>
    received.includes(payload) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(payload, resolve));
  return { received, receive, until };
}

describe.each(withRedis(inMemory, onRedis))('the %s broker', (_name, cluster) => {
  it('carries a publication to every other node that follows its topic, and not back to the publisher', async () => {
    const [publisher, second, third] = (await cluster(3)) as [Broker, Broker, Broker];
    const [own, near, far] = [inbox(), inbox(), inbox()];
    await publisher.follow('room', own.receive);
    await second.follow('room', near.receive);
    await third.follow('room', far.receive);
    publisher.publish(['room'], 'hello');
    second.publish(['room'], 'from second');
    await Promise.all([near.until('hello'), far.until('hello'), own.until('from second'), far.until('from second')]);
    expect(own.received).toEqual(['from second']);
    expect(near.received).toEqual(['hello']);
  });

  it('carries nothing of topics that are not followed', async () => {
    const [publisher, other] = (await cluster(2)) as [Broker, Broker];
    const { received, receive, until } = inbox();
    await other.follow('kitchen', receive);
    publisher.publish(['bathroom'], 'private');
    publisher.publish(['kitchen'], 'dinner');
    await until('dinner');
    expect(received).toEqual(['dinner']);
  });

  it('hands a receiver a publication once, however many of its topics the receiver follows', async () => {
    const [publisher, other] = (await cluster(2)) as [Broker, Broker];
    const { received, receive, until } = inbox();
    await other.follow('a', receive);
    await other.follow('b', receive);
    publisher.publish(['a', 'b', 'c'], 'once');
    publisher.publish(['b'], 'end');
    await until('end');
    expect(received).toEqual(['once', 'end']);
  });

  it('hands a publication to every receiver of a node', async () => {
    const [publisher, other] = (await cluster(2)) as [Broker, Broker];
    const [one, two] = [inbox(), inbox()];
    await other.follow('a', one.receive);
    await other.follow('a', two.receive);
    publisher.publish(['a'], 'both');
    await Promise.all([one.until('both'), two.until('both')]);
  });

  it('keeps the order of one publisher, over all topics', async () => {
    const [publisher, other] = (await cluster(2)) as [Broker, Broker];
    const { received, receive, until } = inbox();
    const topics = ['a', 'b', 'c'];
    for (const topic of topics) await other.follow(topic, receive);
    const payloads = Array.from({ length: 1_000 }, (_, index) => String(index));
    payloads.forEach((payload, index) => publisher.publish([topics[index % 3]!], payload));
    await until('999');
    expect(received).toEqual(payloads);
  });

  it('is quiet about a topic once it is unfollowed, for that receiver alone', async () => {
    const [publisher, other] = (await cluster(2)) as [Broker, Broker];
    const [leaver, stayer] = [inbox(), inbox()];
    for (const { receive } of [leaver, stayer]) await other.follow('a', receive);
    await other.follow('b', leaver.receive);
    await other.unfollow('a', leaver.receive);
    publisher.publish(['a'], 'gone');
    publisher.publish(['b'], 'end');
    await Promise.all([leaver.until('end'), stayer.until('gone')]);
    expect(leaver.received).toEqual(['end']);
  });

  it('follows again what was unfollowed, and lets one unfollow what was never followed', async () => {
    const [publisher, other] = (await cluster(2)) as [Broker, Broker];
    const { received, receive, until } = inbox();
    await other.unfollow('a', receive);
    await other.follow('a', receive);
    await other.unfollow('a', receive);
    await other.follow('a', receive);
    publisher.publish(['a'], 'back');
    await until('back');
    expect(received).toEqual(['back']);
  });

  it('never hands over a publication within the call that makes it', async () => {
    const [publisher, other] = (await cluster(2)) as [Broker, Broker];
    const { received, receive, until } = inbox();
    await other.follow('a', receive);
    publisher.publish(['a'], 'later');
    expect(received).toEqual([]);
    await until('later');
  });

  it('publishes into the void without a word', async () => {
    const [publisher] = (await cluster(1)) as [Broker];
    expect(() => publisher.publish(['nobody'], 'hello?')).not.toThrow();
    expect(() => publisher.publish([], 'nowhere')).not.toThrow();
  });
});

describe('a memory broker that is shut down', () => {
  it('hears nothing more', async () => {
    const backend = new MemoryBackend();
    const [publisher, closed, open] = [new MemoryBroker(backend), new MemoryBroker(backend), new MemoryBroker(backend)];
    const [shut, heard] = [inbox(), inbox()];
    await closed.follow('a', shut.receive);
    await closed.follow('b', shut.receive);
    await open.follow('a', heard.receive);
    closed.onApplicationShutdown();
    publisher.publish(['b'], 'anybody?');
    publisher.publish(['a'], 'end');
    await heard.until('end');
    expect(shut.received).toEqual([]);
  });
});
