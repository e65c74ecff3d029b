import { execFileSync } from 'node:child_process';
import { describe, expect } from 'vitest';
import { drill, lasting, repeatedly } from '../support/drill.js';
import { metric } from '../support/metrics.js';
import { startNodes } from '../support/nodes.js';
import { newPerson } from '../support/people.js';
import { Pulse } from '../support/pulse.js';
import { RawClient } from '../support/raw.js';
import type { Server } from '../support/server.js';
import { connect, openSocket, type Refusal, type TestSocket } from '../support/socket.js';

const SETTLED = 50;
/** Of 400 ms the node gets 100: what it has to do waits for 300. */
const STOPPED_MS = 300;
const RUNNING_MS = 100;
/** Two windows of a second, and the rest of the one in which it began or ended. */
const NOTICED_MS = 3500;
const OVERLOADED_MS = 5000;
const MAX_WAIT_MS = 1000;

/** Files that the node may open on top of those it has, and newcomers who want one. */
const ROOM = 100;
const NEWCOMERS = 300;
/** At least; a connection that somebody lets go meanwhile makes room for another. */
const REFUSED = NEWCOMERS - ROOM - 10;
const RECOVERED_MS = 2000;

/** Takes most of its time from a node. @returns what gives it back */
function starve(node: Server): () => Promise<void> {
  return repeatedly(RUNNING_MS, async () => {
    node.kill('SIGSTOP');
    await lasting(STOPPED_MS);
    node.kill('SIGCONT');
  });
}

/** How a handshake ends: 101, the status of a refusal, which must say when to come back, or 0 where it is hung up on. */
async function dial(node: Server, token: string): Promise<number> {
  try {
    (await openSocket(`${node.wsUrl}?token=${token}`)).raw.terminate();
    return 101;
  } catch (error) {
    const { status = 0, headers, body } = error as Partial<Refusal>;
    if (status === 0) return 0;
    expect(headers?.['retry-after'], String(error)).toMatch(/^\d+$/);
    expect(body?.error.code).toBe('unavailable');
    return status;
  }
}

async function settle(node: Server, token: string): Promise<TestSocket[]> {
  return Promise.all(Array.from({ length: SETTLED }, () => connect(node.wsUrl, token)));
}

const closedOf = (sockets: readonly TestSocket[]) => sockets.filter(({ closed }) => closed).length;

async function oneNode() {
  const { nodes } = await startNodes(1, {
    env: { MAX_CONNECTIONS_PER_USER: '1000', MAX_CONNECTIONS_PER_IP: '5000' },
  });
  const node = nodes[0]!;
  return { node, token: (await newPerson(node, 'ani')).token };
}

/** Lets a process have so many files open from now on. */
function limitFiles({ pid }: Server, most: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`]);
}

/** Resolves when each newcomer has either been hung up on, or been kept waiting for so long. */
async function arrive(node: Server): Promise<{ held: RawClient[]; refused: number; slowestMs: number }> {
  const clients = await Promise.all(Array.from({ length: NEWCOMERS }, () => RawClient.connect(node.url)));
  const since = performance.now();
  let slowestMs = 0;
  const refused = () => clients.filter(({ ended }) => ended).length;
  await expect
    .poll(() => {
      slowestMs = performance.now() - since;
      return refused();
    })
    .toBeGreaterThanOrEqual(REFUSED);
  return { held: clients.filter(({ ended }) => !ended), refused: refused(), slowestMs: Math.round(slowestMs) };
}

describe('A node', () => {
  drill(
    {
      row: '29a',
      hypothesis: 'that gets too little time sends newcomers away with 503 and keeps those whom it has',
      action: `the process is stopped for ${STOPPED_MS} of every ${STOPPED_MS + RUNNING_MS} ms, for ${OVERLOADED_MS / 1000} s after it noticed; ${SETTLED} sockets are open, others dial`,
    },
    async (findings) => {
      const { node, token } = await oneNode();
      const sockets = await settle(node, token);
      const feed = starve(node);
      findings.fault();
      await expect.poll(() => dial(node, token), { timeout: 2 * NOTICED_MS, interval: 50 }).toBe(503);
      findings.within('noticed', NOTICED_MS);
      const pulse = new Pulse(sockets[0]!);
      const statuses: number[] = [];
      const until = performance.now() + OVERLOADED_MS;
      while (performance.now() < until) statuses.push(await dial(node, token));
      findings.exactly('newcomers let in meanwhile', statuses.filter((status) => status !== 503).length, 0, 'sockets');
      findings.atLeast('newcomers sent away', statuses.length, 10, 'handshakes');
      findings.atMost('p99 of pings on an open socket', await pulse.p99(), MAX_WAIT_MS, 'ms');
      await Promise.all(sockets.map((socket) => socket.settled()));
      findings.exactly('open sockets closed', closedOf(sockets), 0, 'sockets');
      await feed();
      findings.fault();
      await expect.poll(() => dial(node, token), { timeout: 2 * NOTICED_MS, interval: 50 }).toBe(101);
      findings.within('newcomers let in again', NOTICED_MS);
    },
  );

  drill(
    {
      row: '29b',
      hypothesis:
        'that may open no more files hangs up on newcomers at once, keeps those whom it has, and takes more as soon as it can',
      action: `the process may open ${ROOM} files more (prlimit); ${NEWCOMERS} newcomers connect and hold on; then they let go`,
    },
    async (findings) => {
      const { node, token } = await oneNode();
      const sockets = await settle(node, token);
      limitFiles(node, node.openFiles + ROOM);
      const { held, refused, slowestMs } = await arrive(node);
      findings.atLeast('newcomers refused', refused, REFUSED, 'sockets');
      findings.atMost('the longest that one of them waited', slowestMs, MAX_WAIT_MS, 'ms');
      await Promise.all(sockets.map((socket) => socket.settled()));
      findings.exactly('open sockets closed', closedOf(sockets), 0, 'sockets');
      for (const { socket } of held) socket.destroy();
      findings.fault();
      await expect.poll(() => dial(node, token), { timeout: 2 * RECOVERED_MS, interval: 20 }).toBe(101);
      findings.within('a newcomer let in, after they let go', RECOVERED_MS);
      await expect.poll(() => metric(node, 'hadir_connections')).toBe(SETTLED);
    },
  );
});
