import { describe, expect } from 'vitest';
import { drill, type Findings, lasting } from '../support/drill.js';
import { allAtOnce } from '../support/handshakes.js';
import { startNodes } from '../support/nodes.js';
import { newPerson, type Person } from '../support/people.js';
import { change, enter, roommates, statuses } from '../support/scene.js';
import type { Server } from '../support/server.js';
import { clockAhead } from '../support/shifted-clock.js';
import { openSocket, type TestSocket } from '../support/socket.js';

const APART_MS = 300_000;
const SEEN_MS = 1000;
const GRACE_MS = 5000;
/** The default lease and grace, and a sweep. */
const OFFLINE_MS = 15_000;
const RATE = 40;
const PARALLEL = 90;

/** How far the node's clock is ahead of ours, by what it writes into a pong. */
async function skewOf(socket: TestSocket): Promise<number> {
  const { timestamp } = await socket.request('ping');
  return Date.parse(String(timestamp)) - Date.now();
}

/** What a limit on handshakes lets in when they come to all nodes at once. */
async function letIn(nodes: readonly Server[], { token }: Person): Promise<number> {
  const headers = { 'x-forwarded-for': '192.0.2.1' };
  const attempts = Array.from({ length: PARALLEL }, (_, turn) =>
    openSocket(`${nodes[turn % nodes.length]!.wsUrl}?token=${token}`, { headers }),
  );
  return (await allAtOnce(attempts)).open.length;
}

/** Logged out on a node that is ahead: a socket on one that is behind ends. */
async function logOut(findings: Findings, at: Server, elsewhere: Server): Promise<void> {
  const person = await newPerson(at, 'eka');
  const socket = await enter(elsewhere, person);
  findings.fault();
  await person.succeed('POST', 'auth/logout');
  await socket.until(() => socket.closed, 'the close');
  findings.within('logout closes a socket on the other node', SEEN_MS);
  expect(socket.closed?.code).toBe(4500);
}

describe('Nodes whose clocks do not agree', () => {
  drill(
    {
      row: '40b',
      hypothesis: 'presence, leases, limits and sessions go by one time',
      action: `three nodes, one ${APART_MS / 1000} s ahead, one as much behind; people on each come, go, come back on another and log out; ${PARALLEL} handshakes at once under a rate of ${RATE}; kill -9 of the one that is ahead`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const env = {
        TRUSTED_PROXIES: '127.0.0.1/32',
        RATE_LIMIT_HANDSHAKE: `${RATE}/24h`,
        MAX_CONNECTIONS_PER_USER: '100',
      };
      const { nodes, join } = await startNodes(1, { env });
      const right = nodes[0]!;
      const ahead = await join(clockAhead(APART_MS));
      const behind = await join(clockAhead(-APART_MS));
      const { people } = await roommates(right, 'ani', 'budi', 'citra', 'dewi');
      const [ani, budi, citra, dewi] = people;
      const watcher = await enter(right, dewi);

      findings.fault();
      const early = await enter(ahead, ani);
      const late = await enter(behind, budi);
      const guest = await enter(behind, citra);
      for (const { id } of [ani, budi, citra]) await change(watcher, id, 1);
      findings.within('three who come are seen', SEEN_MS);
      findings.atLeast('clock ahead', Math.round((await skewOf(early)) / 1000), APART_MS / 1000 - 1, 's');
      findings.atMost('clock behind', Math.round((await skewOf(late)) / 1000), 1 - APART_MS / 1000, 's');

      findings.fault();
      await late.request('user_status_change', { status: 'busy' });
      await change(watcher, budi.id, 2);
      await early.request('user_status_change', { status: 'away' });
      await change(watcher, ani.id, 2);
      findings.within('what they choose is seen', SEEN_MS);

      await guest.close();
      await enter(ahead, citra);
      await lasting(2 * GRACE_MS);
      await watcher.settled();
      findings.exactly(
        'announcements of who changed nodes within the grace',
        statuses(watcher, citra.id).length,
        1,
        'events',
      );

      await logOut(findings, ahead, behind);
      findings.exactly(`of ${PARALLEL} handshakes let in`, await letIn([right, ahead, behind], dewi), RATE, 'sockets');

      ahead.kill('SIGKILL');
      findings.fault();
      await change(watcher, ani.id, 3, 2 * OFFLINE_MS);
      await change(watcher, citra.id, 2, 2 * OFFLINE_MS);
      findings.within('killed: offline announced', OFFLINE_MS);
      await lasting(GRACE_MS);
      await watcher.settled();
      findings.exactly('announcements of whom the dead node took along', statuses(watcher, ani.id).length, 3, 'events');
      findings.exactly('announcements of who is on the node behind', statuses(watcher, budi.id).length, 2, 'events');
      expect(statuses(watcher, budi.id).at(-1)).toBe('busy');
    },
  );
});
