import { describe, expect, onTestFinished } from 'vitest';
import { drill, lasting, repeatedly } from '../support/drill.js';
import { ownRedis, startNodes } from '../support/nodes.js';
import { pairOn, readiness, untilHeard } from '../support/outage.js';
import { addReplica, redisCluster } from '../support/redis-cluster.js';
import { findRedisServer, type RedisServer } from '../support/redis-server.js';
import { change } from '../support/scene.js';
import type { Server } from '../support/server.js';

const DEMOTED_MS = 10_000;
const RESUBSCRIBED_MS = 5000;
const FAILED_OVER_MS = 10_000;

async function connections(server: RedisServer): Promise<number> {
  const stats = String(await server.command('INFO', 'stats'));
  return Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);
}

async function untilReady(nodes: readonly Server[]): Promise<void> {
  for (const node of nodes) await expect.poll(() => readiness(node), { timeout: RESUBSCRIBED_MS }).toBe(200);
}

describe('Redis fails over', () => {
  drill(
    {
      row: '36d',
      hypothesis: 'a primary that has become a replica counts as away, and is not stormed',
      action: `REPLICAOF another server for ${DEMOTED_MS / 1000} s on the redis-server of two nodes, under 20 presence requests a second; then REPLICAOF NO ONE`,
    },
    async (findings) => {
      const [redis, primary] = [await ownRedis(), await ownRedis()];
      const { nodes } = await startNodes(2, { redisUrl: redis.url });
      const pair = await pairOn([nodes[0]!, nodes[1]!]);
      const stop = repeatedly(50, async () => void (await pair.ani.call('GET', 'presence/me')));
      onTestFinished(stop);
      await redis.command('REPLICAOF', '127.0.0.1', String(primary.port));
      findings.fault();
      for (const node of nodes) await expect.poll(() => readiness(node)).toEqual(['redis']);
      findings.within('readiness says redis', 3000);
      const before = await connections(redis);
      await lasting(DEMOTED_MS);
      const made = (await connections(redis)) - before;
      findings.atMost('connections made to it, by four links', made, 80, 'connections');
      await redis.command('REPLICAOF', 'NO', 'ONE');
      findings.fault();
      await untilReady(nodes);
      await untilHeard(pair, RESUBSCRIBED_MS);
      findings.within('back: events of the other node are heard', RESUBSCRIBED_MS);
      const closed = [pair.device, ...pair.watchers].filter((socket) => socket.closed);
      findings.exactly('sockets closed', closed.length, 0, 'sockets');
    },
  );

  drill(
    {
      row: '36e',
      hypothesis: 'the server of REDIS_URL dies, and its replica takes its place in the cluster for both nodes',
      action:
        'kill -9 of the server of a Redis Cluster that two nodes were told of; its replica takes over after a cluster-node-timeout of 1.5 s',
      timeoutMs: 120_000,
    },
    async (findings) => {
      const cluster = await redisCluster(findRedisServer() ?? '');
      const named = cluster.servers.find(({ url }) => url === cluster.url)!;
      await addReplica(findRedisServer() ?? '', cluster, named);
      const { nodes } = await startNodes(2, { redisUrl: cluster.url });
      const pair = await pairOn([nodes[0]!, nodes[1]!]);
      await named.kill();
      findings.fault();
      const set = async () => (await pair.ani.call('PUT', 'presence/me', { body: { status: 'busy' } })).status;
      await expect.poll(set, { timeout: FAILED_OVER_MS, interval: 100 }).toBe(200);
      findings.within('a status can be changed again', FAILED_OVER_MS);
      await untilHeard(pair, FAILED_OVER_MS);
      findings.within('events of the other node are heard', FAILED_OVER_MS);
      for (const watcher of pair.watchers) expect((await change(watcher, pair.ani.id, 2)).status).toBe('busy');
      await untilReady(nodes);
      const closed = [pair.device, ...pair.watchers].filter((socket) => socket.closed);
      findings.exactly('sockets closed', closed.length, 0, 'sockets');
    },
  );
});
