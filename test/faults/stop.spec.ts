import { describe, expect } from 'vitest';
import { crowd, enterAll } from '../support/crowd.js';
import { drill, type Findings } from '../support/drill.js';
import { SilentSocket, SlowRequest } from '../support/lingering.js';
import { ownRedis, startNodes } from '../support/nodes.js';
import type { Server } from '../support/server.js';
import { refusalOf, type Refusal, type TestSocket } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const SOCKETS = 1000;
const ROOM = 10;
const EXIT_MS = 30_000;
/** The default of DRAIN_TIMEOUT. */
const DRAIN_MS = 25_000;
const BINS = 10;
/** A client that never answers the close holds the node up for five seconds; here is what has to fit into them. */
const AT_ONCE_MS = 1000;

/** What a thousand sockets were told at the end, and how the server itself ended. */
async function farewell(findings: Findings, server: Server, sockets: readonly TestSocket[]): Promise<void> {
  const ends = await Promise.all(sockets.map((socket) => socket.until(() => socket.closed, 'the close', EXIT_MS)));
  findings.within('all sockets closed', EXIT_MS);
  findings.exactly('closed with 1001', ends.filter(({ code }) => code === 1001).length, SOCKETS, 'sockets');
  const times = ends.map(({ reason }) => (JSON.parse(reason) as { retry_after_ms: number }).retry_after_ms);
  const bins = new Set(times.map((ms) => Math.floor((ms * BINS) / DRAIN_MS)));
  findings.atLeast(`tenths of the drain in which somebody comes back`, bins.size, 8, 'of 10');
  expect(Math.max(...bins)).toBeLessThan(BINS);
  expect(await server.exited).toEqual({ code: 0, signal: null });
  findings.within('exit with 0', EXIT_MS);
}

async function fullNode(urls: { databaseUrl?: (url: string) => Promise<string>; redisUrl?: string } = {}) {
  const { env, people } = await crowd(SOCKETS, ROOM);
  const databaseUrl = (await urls.databaseUrl?.(env.DATABASE_URL)) ?? env.DATABASE_URL;
  const options = { env: { ...env, DATABASE_URL: databaseUrl }, ...(urls.redisUrl && { redisUrl: urls.redisUrl }) };
  const [server] = (await startNodes(1, options)).nodes;
  return { server: server!, people, sockets: await enterAll([server!], people) };
}

describe('SIGTERM', () => {
  drill(
    {
      row: '31a',
      hypothesis:
        'a node that stops turns newcomers away at once, finishes what is under way, and sends everybody away with a time of their own',
      action: `SIGTERM to a node with ${SOCKETS} sockets, one that never answers, and a request half sent; then /health/ready and a handshake`,
      timeoutMs: 90_000,
    },
    async (findings) => {
      const { server, people, sockets } = await fullNode();
      const { token } = people[0]!;
      const silent = await SilentSocket.open(server, token);
      const slow = await SlowRequest.begin(server, token);
      server.kill('SIGTERM');
      findings.fault();
      await silent.sentAway();
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
      findings.within('readiness 503', AT_ONCE_MS);
      const { status, body }: Refusal = await refusalOf(`${server.wsUrl}?token=${token}`);
      expect([status, body.error.code]).toEqual([503, 'unavailable']);
      findings.within('handshake 503', AT_ONCE_MS);
      expect(await slow.finish()).toBe(201);
      findings.within('the request under way answered', EXIT_MS);
      await farewell(findings, server, sockets);
    },
  );

  drill(
    {
      row: '31b',
      hypothesis: 'a node stops in time although Redis stands still',
      action: `kill -STOP of the redis-server of a node with ${SOCKETS} sockets, then SIGTERM`,
      timeoutMs: 90_000,
    },
    async (findings) => {
      const redis = await ownRedis();
      const { server, sockets } = await fullNode({ redisUrl: redis.url });
      redis.freeze();
      server.kill('SIGTERM');
      findings.fault();
      await farewell(findings, server, sockets);
    },
  );

  drill(
    {
      row: '31c',
      hypothesis: 'a node stops in time although the database stands still',
      action: `a proxy holds back everything between a node with ${SOCKETS} sockets and its database, then SIGTERM`,
      timeoutMs: 90_000,
    },
    async (findings) => {
      let proxy: TcpProxy | undefined;
      const throughProxy = async (url: string) => (proxy = await TcpProxy.before(url)).url;
      const { server, sockets } = await fullNode({ databaseUrl: throughProxy });
      proxy?.freeze();
      server.kill('SIGTERM');
      findings.fault();
      await farewell(findings, server, sockets);
    },
  );

  drill(
    {
      row: '31d',
      hypothesis: 'a second signal ends the node at once',
      action: `SIGTERM to a node with ${SOCKETS} sockets and one that never answers, and SIGTERM again`,
    },
    async (findings) => {
      const { server, people } = await fullNode();
      const silent = await SilentSocket.open(server, people[0]!.token);
      server.kill('SIGTERM');
      await silent.sentAway();
      server.kill('SIGTERM');
      findings.fault();
      expect(await server.exited).toMatchObject({ code: 1 });
      findings.within('exit', AT_ONCE_MS);
    },
  );
});
