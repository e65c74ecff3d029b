import { cpus } from 'node:os';
import { describe, expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Hadir } from '../../client/src/index.js';
import type { Member } from '../../bench/dialect.js';
import { crowd } from '../support/crowd.js';
import { drill, type Findings } from '../support/drill.js';
import { type Server, startServer } from '../support/server.js';

/** The node, its database and all the clients share the cores. */
const HAS_ROOM = cpus().length >= 4;
const CLIENTS = HAS_ROOM ? 5000 : 1000;
const ROOM = 10;
/** Connecting at once while the crowd comes in unhurriedly. */
const AT_ONCE = 50;
const ALL_BACK_MS = HAS_ROOM ? 30_000 : 60_000;
const BIN_MS = 100;
/**
 * The part of all tries that the fullest tenth of a second may hold. When they are let in says nothing of the clients:
 * a server that is just up is slow at first, and lets those in who have queued as fast as it can, the faster the better.
 */
const MOST_IN_A_BIN = 8;
/** Nobody hammers at a door that is shut. */
const MOST_TRIES = 6;

/** Clients who note when they tried. */
class Returning {
  tries: number[] = [];
  readonly clients: readonly Hadir[];

  constructor({ url }: Server, people: readonly Member[]) {
    this.clients = people.map(({ token }) => {
      const getToken = () => {
        this.tries.push(performance.now());
        return token;
      };
      return new Hadir(url, { getToken, WebSocket });
    });
    onTestFinished(() => this.clients.forEach((client) => client.disconnect()));
  }

  async enter(): Promise<void> {
    const rest = this.clients.values();
    const worker = async () => {
      for (const client of rest) {
        client.connect();
        await client.ready();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.tries = [];
  }

  get connected(): number {
    return this.clients.filter(({ state }) => state === 'connected').length;
  }
}

/** What part of the times lies in the fullest bin, in %. */
function fullest(times: readonly number[]): number {
  const bins = new Map<number, number>();
  for (const time of times) bins.set(Math.floor(time / BIN_MS), (bins.get(Math.floor(time / BIN_MS)) ?? 0) + 1);
  return Math.round((1000 * Math.max(...bins.values())) / times.length) / 10;
}

async function allBack(crowd: Returning, findings: Findings, how: string): Promise<void> {
  await expect.poll(() => crowd.connected, { timeout: ALL_BACK_MS, interval: 100 }).toBe(CLIENTS);
  findings.within(`${how}: all back`, ALL_BACK_MS);
  findings.atMost(
    `${how}: of ${crowd.tries.length} tries in the fullest 100 ms`,
    fullest(crowd.tries),
    MOST_IN_A_BIN,
    '%',
  );
  findings.atMost(`${how}: tries of a client, on average`, crowd.tries.length / CLIENTS, MOST_TRIES, 'tries');
}

describe('A server with thousands of our own clients is restarted', () => {
  drill(
    {
      row: '32c',
      hypothesis: 'they all return by themselves, and not as one wave',
      action: `one node with ${CLIENTS.toLocaleString('en')} sockets of @hadir/client; kill -9 and start; then SIGTERM, with a drain of 10 s, and start`,
      timeoutMs: 300_000,
    },
    async (findings) => {
      const { env, people } = await crowd(CLIENTS, ROOM);
      const first = await startServer({ env: { ...env, DRAIN_TIMEOUT: '10s' } });
      const again = () => startServer({ env: { ...env, DRAIN_TIMEOUT: '10s', PORT: String(first.port) } });
      const returning = new Returning(first, people);
      await returning.enter();

      first.kill('SIGKILL');
      findings.fault();
      await first.exited;
      const second = await again();
      await allBack(returning, findings, 'killed');

      returning.tries = [];
      second.kill('SIGTERM');
      findings.fault();
      await second.exited;
      await again();
      await allBack(returning, findings, 'sent away');
    },
  );
});
