import { describe, expect } from 'vitest';
import { drill, type Findings, quantile, repeatedly } from '../support/drill.js';
import { gauges, metric } from '../support/metrics.js';
import { newPerson } from '../support/people.js';
import { handshakeBytes, RawClient } from '../support/raw.js';
import { type Server, startServer } from '../support/server.js';
import { connect } from '../support/socket.js';
import { BINARY, frame, PING, TEXT, WireClient } from './wire-client.js';

const MIB = 1024 * 1024;
const memory = (server: Server) => metric(server, 'process_resident_memory_bytes');
const resources = (server: Server) => metric(server, 'nodejs_active_resources_total');
const mib = (bytes: number) => Number((bytes / MIB).toFixed(2));

const VANISHING = 1000;
const AT_ONCE = 50;
/** Node's own come and go. */
const SPARE = 3;

const SLOW = 500;
const SLOW_MS = 15_000;
const HANDSHAKE_MS = 100;

const PINGS = 300_000;
const PINGS_AT_ONCE = 1000;
const RESERVED = 3;
const CUT_OFF_MS = 5000;

async function serverWithAnn(env: Record<string, string> = {}) {
  const server = await startServer({
    env: { MAX_CONNECTIONS_PER_USER: '2000', MAX_CONNECTIONS_PER_IP: '5000', ...env },
  });
  return { server, token: (await newPerson(server, 'ann')).token };
}

/** A handshake that is reset after so long. */
async function vanish({ url }: Server, token: string, afterMs: number): Promise<void> {
  const client = await RawClient.connect(url);
  client.write(handshakeBytes('/ws', { Authorization: `Bearer ${token}` }));
  setTimeout(() => client.socket.resetAndDestroy(), afterMs);
}

/** How long handshakes of others take meanwhile, one after the other. */
function handshakes(server: Server, token: string): () => Promise<number[]> {
  const times: number[] = [];
  const stop = repeatedly(100, async () => {
    const began = performance.now();
    const socket = await connect(server.wsUrl, token);
    times.push(performance.now() - began);
    await socket.close();
  });
  return () => stop().then(() => times);
}

/** Somebody who was sent this close frame and says nothing to it. */
async function cutOff(findings: Findings, { url }: Server, token: string, opcode: number): Promise<void> {
  const client = await WireClient.open(url, token);
  client.write(frame('x', { opcode }));
  const code = await client.raw.until(() => client.closedWith, 'the close frame');
  findings.fault();
  const { raw } = client;
  // Bytes that are not a close frame: once the other side is gone, they are answered with a reset.
  const dripping = setInterval(() => raw.socket.writable && raw.write('x'), 50);
  await raw.until(() => raw.socket.destroyed || undefined, 'a reset', 8000).finally(() => clearInterval(dripping));
  findings.within(`cut off after ${code}`, CUT_OFF_MS + 500);
  expect(code).toBe(opcode === BINARY ? 1003 : 1002);
}

describe('A client', () => {
  drill(
    {
      row: '6',
      hypothesis: 'that vanishes during the checks leaves no socket, no timer and no count behind',
      action: `${VANISHING} handshakes are reset 0 to ${AT_ONCE} ms after they were sent, at a node with room for ${AT_ONCE}`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { server, token } = await serverWithAnn({ MAX_CONNECTIONS: String(2 * AT_ONCE) });
      await connect(server.wsUrl, token).then((socket) => socket.close());
      const [files, before] = [server.openFiles, await resources(server)];
      for (let turn = 0; turn < VANISHING; turn += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => vanish(server, token, index)));
      }
      const patience = { timeout: 20_000, interval: 100 };
      await expect.poll(() => gauges(server), patience).toEqual([]);
      await expect.poll(() => server.openFiles, patience).toBeLessThanOrEqual(files);
      await expect.poll(() => resources(server), patience).toBeLessThanOrEqual(before + SPARE);
      findings.exactly('gauges above 0', (await gauges(server)).length, 0, 'gauges');
      findings.atMost('open files more than before', server.openFiles - files, 0, 'files');
      findings.atMost('timers and handles more than before', (await resources(server)) - before, SPARE, 'resources');
      const places = Array.from({ length: 2 * AT_ONCE }, () => connect(server.wsUrl, token));
      findings.exactly('places there for others', (await Promise.all(places)).length, 2 * AT_ONCE, 'sockets');
    },
  );

  drill(
    {
      row: '7',
      hypothesis: 'whose request comes byte by byte is cut off, and others come in meanwhile',
      action: `${SLOW} requests of which a byte comes each second; handshakes one after the other beside them`,
      timeoutMs: 60_000,
    },
    async (findings) => {
      const { server, token } = await serverWithAnn();
      const slow = await Promise.all(Array.from({ length: SLOW }, () => RawClient.connect(server.url)));
      findings.fault();
      slow.forEach((client) => client.write('GET /ws HTTP/1.1\r\nX-Slow: '));
      const dripping = setInterval(() => slow.forEach((client) => !client.ended && client.write('x')), 1000);
      const stop = handshakes(server, token);
      const left = () => slow.filter(({ ended }) => !ended).length;
      await expect
        .poll(left, { timeout: 2 * SLOW_MS, interval: 50 })
        .toBe(0)
        .finally(() => clearInterval(dripping));
      findings.within('all cut off', SLOW_MS);
      const times = await stop();
      findings.atLeast('handshakes meanwhile', times.length, 20, 'handshakes');
      findings.atMost('p99 of their time', Math.round(quantile(times, 0.99)), HANDSHAKE_MS, 'ms');
    },
  );

  drill(
    {
      row: '9',
      hypothesis: 'that declares a message too big is refused by that alone',
      action: 'frames that declare 65,537 bytes, 2³¹, 2⁵³ and 2⁶², and hold none',
    },
    async (findings) => {
      const { server, token } = await serverWithAnn();
      for (let turn = 0; turn < 50; turn += 1) await (await WireClient.open(server.url, token)).lives();
      const before = await memory(server);
      for (const declared of [65_537n, 2n ** 31n, 2n ** 53n, 2n ** 62n]) {
        const client = await WireClient.open(server.url, token);
        client.write(frame('', { opcode: TEXT, declared }));
        expect(await client.closed()).toBe(1009);
      }
      findings.atMost('memory grown by', mib((await memory(server)) - before), 1, 'MiB');
    },
  );

  drill(
    {
      row: '10a',
      hypothesis: 'that pings and never reads is dropped before it costs much',
      action: `${PINGS.toLocaleString('en')} pings of 125 bytes from a client that reads nothing`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { server, token } = await serverWithAnn();
      const warm = await WireClient.open(server.url, token);
      warm.write(...Array.from({ length: 10 }, () => frame('', { opcode: PING })));
      await warm.lives();
      const client = await WireClient.open(server.url, token);
      client.raw.socket.pause();
      const before = await memory(server);
      let most = before;
      const block = Buffer.concat(
        Array.from({ length: PINGS_AT_ONCE }, () => frame(Buffer.alloc(125, 1), { opcode: PING })),
      );
      findings.fault();
      for (let turn = 0; turn < PINGS / PINGS_AT_ONCE && !client.raw.ended; turn += 1) {
        client.raw.write(block);
        if (turn % 20 === 0) most = Math.max(most, await memory(server));
      }
      const left = () => metric(server, 'hadir_connections');
      await expect.poll(left, { timeout: 60_000, interval: 20 }).toBe(1);
      findings.within('dropped', 10_000);
      most = Math.max(most, await memory(server));
      findings.atMost('memory grown by, at the most', mib(most - before), 5, 'MiB');
    },
  );

  drill(
    {
      row: '10b',
      hypothesis: 'that does not answer the close is cut off',
      action: 'a reserved opcode, and a binary frame; the close frame that follows is not answered, other bytes come',
    },
    async (findings) => {
      const { server, token } = await serverWithAnn();
      for (const opcode of [RESERVED, BINARY]) await cutOff(findings, server, token, opcode);
    },
  );
});
