import { describe, expect } from 'vitest';
import { drill, type Findings, repeatedly } from '../support/drill.js';
import { mariadb, startNodes } from '../support/nodes.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import type { Server } from '../support/server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Whoever watches a node asks about this often, and is to know after a few answers. */
const SEEN_MS = 5000;

/** What readiness says is missing, by name; nothing where the node is ready. */
async function missing({ url }: Server): Promise<string> {
  const response = await fetch(`${url}/health/ready`);
  const body = (await response.json()) as { error?: { details: { field: string }[] } };
  const names = body.error?.details.map(({ field }) => field) ?? [];
  if ((response.status === 200) !== (names.length === 0)) throw new Error(`${response.status} with ${String(names)}`);
  return names.join(' and ');
}

async function expectMissing(findings: Findings, node: Server, what: string, name: string): Promise<void> {
  findings.fault();
  await expect.poll(() => missing(node), { timeout: 2 * SEEN_MS, interval: 20 }).toBe(what);
  findings.within(name, SEEN_MS);
}

describe('Health', () => {
  drill(
    {
      row: '33',
      hypothesis: 'says alive whatever is down, and ready only when nothing is; it names what is down',
      action:
        'a node with a Redis of its own and a proxy before the database: Redis is killed, the database cut off, both, each comes back; then the database falls silent',
    },
    async (findings) => {
      const redis = await RedisServer.start(findRedisServer() ?? 'redis-server');
      const database = await TcpProxy.before(await mariadb());
      const { nodes } = await startNodes(1, { redisUrl: redis.url, databaseUrl: database.url });
      const node = nodes[0]!;
      const alive: { status: number; ms: number }[] = [];
      const stop = repeatedly(50, async () => {
        const began = performance.now();
        const { status } = await fetch(`${node.url}/health/live`);
        alive.push({ status, ms: performance.now() - began });
      });
      await redis.kill();
      await expectMissing(findings, node, 'redis', 'Redis down: seen');
      database.down();
      await expectMissing(findings, node, 'database and redis', 'database down too: seen');
      await redis.run();
      await expectMissing(findings, node, 'database', 'Redis back: seen');
      database.up();
      await expectMissing(findings, node, '', 'database back: seen');
      database.freeze();
      await expectMissing(findings, node, 'database', 'database silent: seen');
      database.thaw();
      await expectMissing(findings, node, '', 'database speaks again: seen');
      await stop();
      findings.exactly('not alive', alive.filter(({ status }) => status !== 200).length, 0, 'answers');
      findings.atMost('slowest answer about life', Math.round(Math.max(...alive.map(({ ms }) => ms))), 1000, 'ms');
    },
  );
});
