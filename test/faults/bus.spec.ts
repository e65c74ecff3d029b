import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { drill } from '../support/drill.js';
import { ownRedis, startNodes } from '../support/nodes.js';
import { pairOn, untilHeard } from '../support/outage.js';
import { change, changes } from '../support/scene.js';
import type { Server } from '../support/server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const FOUND_MS = 15_000;
const RESUBSCRIBED_MS = 5000;
const GARBAGE = 1000;

async function dropped({ url }: Server): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/hadir_bus_dropped_total\{cause="garbage"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

/** What is no message of the bus: nothing, noise, and a true one that was cut or bent. */
function garbage(number: number): string {
  const noise = randomBytes(40).toString('latin1');
  const node = randomUUID();
  const kinds = ['', '{', noise, `hadir1 ${node} 1 99\nshort`, `hadir2 ${node} 1 2\n{}`, `hadir1 ${node} x 2\n{}`];
  return kinds[number % kinds.length]!;
}

describe('The bus', () => {
  drill(
    {
      row: '37a',
      hypothesis:
        'a subscription that is dead without a sign is found by the node calling itself, and what it missed is told',
      action:
        'two nodes, one of them behind a proxy that swallows both directions of its connections to Redis; a status change on the other node meanwhile',
    },
    async (findings) => {
      const { nodes, redis, join } = await startNodes(1);
      const proxy = await TcpProxy.before(redis.url);
      const deaf = await join({ REDIS_URL: proxy.url });
      const pair = await pairOn([nodes[0]!, deaf]);
      proxy.swallow();
      findings.fault();
      await pair.ani.succeed('PUT', 'presence/me', { status: 'busy' });
      await untilHeard(pair, 2 * FOUND_MS);
      findings.within('events of the other node are heard again', FOUND_MS);
      await change(pair.watchers[1], pair.ani.id, 2, FOUND_MS);
      findings.within('what was missed is told', FOUND_MS);
      expect(changes(pair.watchers[1], pair.ani.id)).toEqual(['online', 'busy']);
    },
  );

  drill(
    {
      row: '37b',
      hypothesis: 'a subscription that is cut is made again, and what was missed is told',
      action:
        'CLIENT KILL TYPE pubsub on the redis-server of two nodes, 20 times, each with a status change right after it',
    },
    async (findings) => {
      const redis = await ownRedis();
      const { nodes } = await startNodes(2, { redisUrl: redis.url });
      const pair = await pairOn([nodes[0]!, nodes[1]!]);
      const far = pair.watchers[1];
      let longest = 0;
      for (let turn = 0; turn < 20; turn += 1) {
        const status = turn % 2 === 0 ? 'busy' : 'away';
        await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
        findings.fault();
        await pair.ani.succeed('PUT', 'presence/me', { status });
        await untilHeard(pair, RESUBSCRIBED_MS);
        await far.until(() => changes(far, pair.ani.id)[turn + 1], `the change to ${status}`, RESUBSCRIBED_MS);
        longest = Math.max(longest, findings.sinceFault);
      }
      findings.atMost('heard again, and told what was missed, at the longest', longest, RESUBSCRIBED_MS, 'ms');
      const expected = Array.from({ length: 20 }, (_, turn) => (turn % 2 === 0 ? 'busy' : 'away'));
      expect(changes(far, pair.ani.id)).toEqual(['online', ...expected]);
    },
  );

  drill(
    {
      row: '37c',
      hypothesis: 'garbage on the bus is dropped, counted, and harms nothing',
      action: `${GARBAGE} publications of six kinds of garbage to the channel that all nodes hear`,
    },
    async (findings) => {
      const { nodes, redis } = await startNodes(2);
      const pair = await pairOn([nodes[0]!, nodes[1]!]);
      const channel = `{${redis.prefix}:bus}:signals`;
      findings.fault();
      for (let number = 0; number < GARBAGE; number += 1) await redis.command('PUBLISH', channel, garbage(number));
      for (const node of nodes)
        await expect.poll(() => dropped(node), { timeout: 5000 }).toBeGreaterThanOrEqual(GARBAGE);
      for (const [index, node] of nodes.entries()) {
        findings.exactly(`dropped and counted by node ${index + 1}`, await dropped(node), GARBAGE, 'messages');
      }
      await untilHeard(pair, RESUBSCRIBED_MS);
      findings.within('events of the other node are still heard', RESUBSCRIBED_MS);
      for (const watcher of pair.watchers) await watcher.settled();
    },
  );
});
