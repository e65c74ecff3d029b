import { randomBytes } from 'node:crypto';
import { createClient } from 'redis';
import { onTestFinished } from 'vitest';
import { RedisBroker } from '../../src/cluster/broker.redis.js';
import { NodeIdentity } from '../../src/cluster/node-identity.js';
import { type Clock, SystemClock } from '../../src/common/clock.js';
import { Metrics } from '../../src/common/metrics.js';
import { RedisConnectionRegistry } from '../../src/realtime/connection-registry.redis.js';
import { Redis } from '../../src/redis/redis.js';
import { TestClock } from './test-clock.js';

/** A kind of server that speaks the protocol of Redis. */
interface RedisKind {
  readonly name: string;
  /** Says where there is one for tests. */
  readonly variable: string;
  readonly url: string | undefined;
}

function kind(name: string, variable: string): RedisKind {
  const url = process.env[variable];
  if (url === undefined && process.env.CI === 'true') throw new Error(`CI needs ${variable}`);
  if (url === undefined) console.warn(`${name} is left out: ${variable} is not set`);
  return { name, variable, url };
}

export const redisKinds: RedisKind[] = [kind('Redis', 'TEST_REDIS_URL'), kind('Valkey', 'TEST_VALKEY_URL')];

/** Where there is a Redis for tests, if there is one. */
export const address = redisKinds[0]?.url;

/** What a loop over implementations goes over: those of Redis and its kind where they are. @param onRedis given an address */
export function withRedis<Implementation>(
  memory: Implementation,
  onRedis: (url: string) => Implementation,
): [string, Implementation][] {
  const there = redisKinds.flatMap(({ name, url }): [string, Implementation][] => (url ? [[name, onRedis(url)]] : []));
  return [['memory', memory], ...there];
}

/** A namespace of its own on the test server, empty again after the test. */
export interface Namespace {
  readonly url: string;
  readonly prefix: string;
  readonly keys: () => Promise<string[]>;
  readonly command: (...args: string[]) => Promise<unknown>;
}

export async function namespace(url = address ?? ''): Promise<Namespace> {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const client = createClient({ url, RESP: 2 });
  await client.connect();
  const keys = async () => {
    const found: string[] = [];
    for await (const some of client.scanIterator({ MATCH: `*${prefix}*`, COUNT: 1000 })) found.push(...some);
    return found;
  };
  onTestFinished(async () => {
    const left = await keys();
    if (left.length > 0) await client.del(left);
    client.destroy();
  });
  return { url, prefix, keys, command: (...args) => client.sendCommand(args) };
}

/** Another node's connections in a namespace, closed with the test. @param time Lua that defines `clock()` */
export async function redisIn({ url, prefix }: Namespace, time?: string): Promise<Redis> {
  const redis = new Redis({ urls: [url], prefix, ...(time && { time }) }, new SystemClock());
  onTestFinished(() => redis.onApplicationShutdown());
  await redis.open();
  return redis;
}

export function redisBroker(
  redis: Redis,
  node = new NodeIdentity(),
  metrics = new Metrics(),
  clock: Clock = new SystemClock(),
): RedisBroker {
  const broker = new RedisBroker(redis, node, metrics, clock);
  onTestFinished(() => broker.onApplicationShutdown());
  return broker;
}

export function redisRegistry(redis: Redis, nodeLeaseMs = 10_000): RedisConnectionRegistry {
  const settings = { redisUrls: undefined, redisPrefix: '', nodeLeaseMs };
  return new RedisConnectionRegistry(redis, new NodeIdentity(), new SystemClock(), settings);
}

/** Lifetimes are set in whole tenths of a second, and a test takes less than one to look at them. */
const LIFETIME_STEP_MS = 100;

/** A TestClock that Redis goes by too: its scripts read it, and what has a lifetime is gone when that is over by it. */
export class RedisTestClock extends TestClock {
  private readonly ends = new Map<string, number>();

  constructor(private readonly space: Namespace) {
    super();
  }

  static async in(space: Namespace): Promise<RedisTestClock> {
    const clock = new RedisTestClock(space);
    await clock.show();
    return clock;
  }

  /** Lua that reads it. */
  get lua(): string {
    return `local function clock() return tonumber(redis.call('GET', '${this.key}')) end`;
  }

  override async advance(ms: number): Promise<void> {
    await this.noteLifetimes();
    await super.advance(ms);
    await this.show();
    for (const [key, end] of this.ends) {
      if (end > this.now()) continue;
      this.ends.delete(key);
      await this.space.command('DEL', key);
    }
  }

  private get key(): string {
    return `${this.space.prefix}:clock`;
  }

  private async show(): Promise<void> {
    await this.space.command('SET', this.key, String(this.now()));
  }

  private async noteLifetimes(): Promise<void> {
    for (const key of await this.space.keys()) {
      const left = Number(await this.space.command('PTTL', key));
      if (left < 0) continue;
      this.ends.set(key, this.now() + Math.ceil(left / LIFETIME_STEP_MS) * LIFETIME_STEP_MS);
      await this.space.command('PERSIST', key);
    }
  }
}
