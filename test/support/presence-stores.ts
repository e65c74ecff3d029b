import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import type { PresenceStore } from '../../src/presence/presence-store.js';
import { MemoryPresenceStore } from '../../src/presence/presence-store.memory.js';
import { RedisPresenceStore } from '../../src/presence/presence-store.redis.js';
import { namespace, redisIn, RedisTestClock } from './redis.js';
import { TestClock } from './test-clock.js';

export const GRACE_MS = 5000;
export const LEASE_MS = 10_000;
const settings = {
  presence: { graceMs: GRACE_MS, autoWatch: 100, statusRate: null },
  cluster: { redisUrls: undefined, redisPrefix: '', nodeLeaseMs: LEASE_MS },
};

/** One store as several nodes see it. */
interface Cluster {
  readonly clock: TestClock;
  /** Another node's view of the same store. */
  node(): PresenceStore;
}

export const inMemory = async (): Promise<Cluster> => {
  const [backend, clock] = [new MemoryBackend(), new TestClock()];
  return { clock, node: () => new MemoryPresenceStore(backend, clock, settings.presence, settings.cluster) };
};

export const onRedis = (url: string) => async (): Promise<Cluster> => {
  const space = await namespace(url);
  const clock = await RedisTestClock.in(space);
  const links = await Promise.all([1, 2, 3].map(() => redisIn(space, clock.lua)));
  return { clock, node: () => new RedisPresenceStore(links.pop()!, settings.presence, settings.cluster) };
};
