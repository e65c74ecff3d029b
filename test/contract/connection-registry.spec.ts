import { describe, expect, it } from 'vitest';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import type { ConnectionRegistry, LiveConnection } from '../../src/realtime/connection-registry.js';
import { MemoryConnectionRegistry } from '../../src/realtime/connection-registry.memory.js';
import { namespace, redisIn, redisRegistry, withRedis } from '../support/redis.js';

/** Makes registries of nodes that share one backend. */
type Cluster = () => Promise<ConnectionRegistry>;

const inMemory = async (): Promise<Cluster> => {
  const backend = new MemoryBackend();
  return async () => new MemoryConnectionRegistry(backend);
};

const onRedis = (url: string) => async (): Promise<Cluster> => {
  const space = await namespace(url);
  return async () => redisRegistry(await redisIn(space));
};

function live(id: string, userId = 'ann', connectedAt = 0): LiveConnection {
  return { id, userId, sessionId: 's', nodeId: 'n', address: '192.0.2.1', userAgent: 'test', connectedAt };
}

describe.each(withRedis(inMemory, onRedis))('The connection registry (%s)', (_, cluster) => {
  it('admits up to the limit, exactly, however many ask at once on two nodes', async () => {
    const node = await cluster();
    const nodes = [await node(), await node()];
    const asked = Array.from({ length: 50 }, async (__, index) =>
      nodes[index % 2]!.admit(live(`c${index}`), 20, false),
    );
    const admissions = await Promise.all(asked);
    expect(admissions.filter((admission) => admission.admitted)).toHaveLength(20);
    expect(await nodes[1]?.countOf('ann')).toBe(20);
  });

  it('makes room at the expense of the oldest where it is told to', async () => {
    const registry = await (await cluster())();
    for (const id of ['c1', 'c2', 'c3']) await registry.admit(live(id), 3, true);
    const admission = await registry.admit(live('c4'), 3, true);
    expect(admission).toMatchObject({ admitted: true, replaced: [{ id: 'c1' }] });
    expect(await registry.find('c1')).toBeUndefined();
    expect(await registry.countOf('ann')).toBe(3);
  });

  it('has room again after a release, and takes the release of a stranger calmly', async () => {
    const registry = await (await cluster())();
    await registry.admit(live('c1'), 1, false);
    await registry.release({ id: 'unknown', userId: 'nobody' });
    expect((await registry.admit(live('c2'), 1, false)).admitted).toBe(false);
    await registry.release({ id: 'c1', userId: 'ann' });
    expect((await registry.admit(live('c2'), 1, false)).admitted).toBe(true);
  });

  it('counts each user by itself', async () => {
    const registry = await (await cluster())();
    await registry.admit(live('c1', 'ann'), 1, false);
    expect((await registry.admit(live('c2', 'ben'), 1, false)).admitted).toBe(true);
  });

  it('lists the connections of all nodes in the order of their ids, page by page', async () => {
    const node = await cluster();
    const [here, there] = [await node(), await node()];
    for (const id of ['c3', 'c1']) await here.admit(live(id), 9, false);
    await there.admit(live('c2', 'ben'), 9, false);
    expect((await here.list(null, 2)).map(({ id }) => id)).toEqual(['c1', 'c2']);
    expect((await here.list('c2', 2)).map(({ id }) => id)).toEqual(['c3']);
    expect(await there.find('c3')).toEqual(live('c3'));
  });
});
