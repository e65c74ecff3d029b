import { cpus } from 'node:os';
import { describe, expect } from 'vitest';
import { crowd, enterAll, persist } from '../support/crowd.js';
import { drill, quantile } from '../support/drill.js';
import { startNodes } from '../support/nodes.js';
import type { Server } from '../support/server.js';
import type { TestSocket } from '../support/socket.js';

/** The node, its clients, the database and Redis share the cores: where there are only two, fewer clients fit on them. */
const SOCKETS = cpus().length >= 4 ? 5000 : 2000;
const ROOM = 10;
const MOST_BACK_MS = 5000;
const ALL_BACK_MS = 30_000;
/** A client that lost its node waits so long at most before it tries the next one, in milliseconds. */
const PAUSE_MS = 400;

/** How many logins and refreshes a node has answered. */
async function logins({ url }: Server): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const lines = metrics.matchAll(/^hadir_http_request_seconds_count\{[^}]*auth\/(?:login|refresh)[^}]*\} (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** When the socket has ended, dials the other node until it is let in. @returns how long after `began` it was connected */
async function comeBack(lost: TestSocket, wsUrl: string, token: string, began: number): Promise<number> {
  await lost.until(() => lost.closed, 'the close', ALL_BACK_MS);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (0.5 + Math.random() / 2)));
  const socket = await persist(wsUrl, token);
  await socket.until(() => socket.frames[0], 'connected', ALL_BACK_MS);
  return performance.now() - began;
}

describe('A node dies with thousands of sockets', () => {
  drill(
    {
      row: '32b',
      hypothesis: 'its clients are all back on the other node soon, with the tokens they have',
      action: `two nodes; kill -9 of the one with ${SOCKETS.toLocaleString('en')} sockets, whose clients dial the other one 200 to ${PAUSE_MS} ms later, and again where they are told to`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { env, people } = await crowd(SOCKETS, ROOM);
      const { nodes } = await startNodes(2, { env });
      const [doomed, other] = [nodes[0]!, nodes[1]!];
      const sockets = await enterAll([doomed], people);
      doomed.kill('SIGKILL');
      findings.fault();
      const began = performance.now();
      const back = sockets.map((socket, index) => comeBack(socket, other.wsUrl, people[index]!.token, began));
      const times = await Promise.all(back);
      findings.atLeast('sockets', times.length, SOCKETS, 'sockets');
      findings.atMost('95 % back within', Math.round(quantile(times, 0.95)), MOST_BACK_MS, 'ms');
      findings.atMost('all back within', Math.round(quantile(times, 1)), ALL_BACK_MS, 'ms');
      findings.exactly('let in only to fail', other.output.split('opening_failed').length - 1, 0, 'sockets');
      findings.exactly('logins and refreshes meanwhile', await logins(other), 0, 'requests');
      expect((await fetch(`${other.url}/health/ready`)).status).toBe(200);
    },
  );
});
