import { describe, expect, it } from 'vitest';
import { metric } from '../support/metrics.js';
import { newPerson } from '../support/people.js';
import { handshakeBytes, RawClient } from '../support/raw.js';
import { type Server, startServer } from '../support/server.js';
import { connect } from '../support/socket.js';
import { closeFrame, envelopeOf, frame, fragments, PING, TEXT, WireClient } from './wire-client.js';

const MIB = 1024 * 1024;
const memory = (server: Server) => metric(server, 'process_resident_memory_bytes');
const sockets = (server: Server) => metric(server, 'process_open_fds');

async function serverWithAnn(env: Record<string, string> = {}) {
  const server = await startServer({
    env: { MAX_CONNECTIONS_PER_USER: '2000', MAX_CONNECTIONS_PER_IP: '5000', ...env },
  });
  return { server, token: (await newPerson(server, 'ann')).token };
}

describe('A message that is too big', () => {
  it('is refused by its declared length alone, and costs less than 1 MiB', async () => {
    const { server, token } = await serverWithAnn();
    for (let turn = 0; turn < 50; turn += 1) await (await WireClient.open(server.url, token)).lives();
    const before = await memory(server);
    for (const declared of [65_537n, 2n ** 31n, 2n ** 53n, 2n ** 62n]) {
      const client = await WireClient.open(server.url, token);
      client.write(frame('', { opcode: TEXT, declared }));
      expect(await client.closed()).toBe(1009);
    }
    expect(await memory(server)).toBeLessThan(before + MIB);
  });

  it('is refused when its fragments add up to it', async () => {
    const { server, token } = await serverWithAnn();
    const client = await WireClient.open(server.url, token);
    client.write(...fragments(envelopeOf('x', 65_537), 8192));
    expect(await client.closed()).toBe(1009);
  });
});

describe('A message in fragments', () => {
  it.each(['', ' '])('of "%s" is taken up to 128 of them and closes with 1008 beyond', async (filling) => {
    const { server, token } = await serverWithAnn();
    const pieces = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        frame(index === 0 ? envelopeOf('case') : filling, { opcode: index === 0 ? TEXT : 0, fin: index === count - 1 }),
      );
    const good = await WireClient.open(server.url, token);
    good.write(...pieces(128));
    await good.reply('case');
    const bad = await WireClient.open(server.url, token);
    bad.write(...pieces(129));
    expect(await bad.closed()).toBe(1008);
  });
});

describe('A frame without a mask', () => {
  it('closes with 1002', async () => {
    const { server, token } = await serverWithAnn();
    const client = await WireClient.open(server.url, token);
    client.write(frame(envelopeOf('x'), { masked: false }));
    expect(await client.closed()).toBe(1002);
  });
});

describe('A peer that does not answer the close', () => {
  it.each([
    ['a protocol error', 3],
    ['a binary frame', 2],
  ])('after %s is cut off within 5 s', async (_, opcode) => {
    const { server, token } = await serverWithAnn();
    const { raw, ...client } = await silentAfter(server, token, opcode);
    const since = performance.now();
    // Bytes that are not a close frame: once the other side is gone, they are answered with a reset.
    const dripping = setInterval(() => raw.socket.writable && raw.write('x'), 50);
    await raw.until(() => raw.socket.destroyed || undefined, 'a reset', 8000).finally(() => clearInterval(dripping));
    expect(performance.now() - since).toBeLessThan(5500);
    expect(client.code).toBe(opcode === 3 ? 1002 : 1003);
  });
});

/** Somebody who was sent a close frame and says nothing to it. */
async function silentAfter(server: Server, token: string, opcode: number) {
  const client = await WireClient.open(server.url, token);
  client.write(frame('x', { opcode }));
  const code = await client.raw.until(() => client.closedWith, 'the close frame');
  return { raw: client.raw, code };
}

describe('A client that never reads', () => {
  it('is dropped in a flood of 300,000 pings, which costs less than 5 MiB', { timeout: 120_000 }, async () => {
    const { server, token } = await serverWithAnn();
    const warm = await WireClient.open(server.url, token);
    warm.write(...Array.from({ length: 10 }, () => frame('', { opcode: PING })));
    await warm.lives();
    const client = await WireClient.open(server.url, token);
    client.raw.socket.pause();
    const before = await memory(server);
    let peak = before;
    const block = Buffer.concat(Array.from({ length: 1000 }, () => frame(Buffer.alloc(125, 1), { opcode: PING })));
    for (let turn = 0; turn < 300 && !client.raw.ended; turn += 1) {
      client.raw.write(block);
      if (turn % 20 === 0) peak = Math.max(peak, await memory(server));
    }
    const isGone = async () => (await metric(server, 'hadir_connections')) === 1;
    await expect.poll(isGone, { timeout: 60_000 }).toBe(true);
    peak = Math.max(peak, await memory(server));
    expect((peak - before) / MIB).toBeLessThan(5);
  });
});

describe('1,000 clients that vanish during the checks', () => {
  it('leave no socket and no counter behind', { timeout: 120_000 }, async () => {
    const { server, token } = await serverWithAnn();
    const before = await sockets(server);
    const vanish = async (afterMs: number) => {
      const client = await RawClient.connect(server.url);
      client.write(handshakeBytes('/ws', { Authorization: `Bearer ${token}` }));
      setTimeout(() => client.socket.resetAndDestroy(), afterMs);
    };
    for (let turn = 0; turn < 1000; turn += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => vanish(index)));
    }
    await expect.poll(() => metric(server, 'hadir_connections'), { timeout: 20_000 }).toBe(0);
    await expect.poll(() => sockets(server), { timeout: 20_000 }).toBeLessThanOrEqual(before + 2);
  });
});

describe('500 requests that come byte by byte', () => {
  it(
    'are cut off within 15 s, and a real handshake takes less than 100 ms meanwhile',
    { timeout: 60_000 },
    async () => {
      const { server, token } = await serverWithAnn();
      const slow = await Promise.all(Array.from({ length: 500 }, () => RawClient.connect(server.url)));
      const since = performance.now();
      slow.forEach((client) => client.write('GET /ws HTTP/1.1\r\nX-Slow: '));
      const dripping = setInterval(() => slow.forEach((client) => !client.ended && client.write('x')), 1000);
      const asked = performance.now();
      await connect(server.wsUrl, token);
      expect(performance.now() - asked).toBeLessThan(100);
      const left = () => slow.filter(({ ended }) => !ended).length;
      await expect
        .poll(left, { timeout: 15_000 })
        .toBe(0)
        .finally(() => clearInterval(dripping));
      expect(performance.now() - since).toBeLessThan(15_500);
    },
  );
});

describe('An end without a close frame', () => {
  it('is no trouble, nor is one right after a close', async () => {
    const { server, token } = await serverWithAnn();
    const client = await WireClient.open(server.url, token);
    client.write(closeFrame(1000));
    client.raw.socket.end();
    await client.raw.until(() => client.raw.ended || undefined, 'the end');
    expect(client.closedWith).toBe(1000);
  });
});
