import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOf, Renewal } from '../support/hadir-client.js';
import { newPerson } from '../support/people.js';
import { type Server, startServer } from '../support/server.js';
import { connect } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const within = { timeout: 20_000 };
const SECRET = { JWT_SECRET: 'the same secret before and after it' };

/** The same server again, on its port and with its database. */
function startAgain({ port, folder }: Server): Promise<Server> {
  return startServer({ env: { ...SECRET, PORT: String(port), DATABASE_URL: `sqlite:${folder}/hadir.db` } });
}

afterEach(() => vi.useRealTimers());

describe('a server that has fallen silent', () => {
  const env = { HEARTBEAT_INTERVAL: '1s', HEARTBEAT_TIMEOUT: '1s' };

  it('is found out by a ping, and returned to when it speaks again', async () => {
    const server = await startServer({ env });
    const { client, changes } = clientOf(server, await newPerson(server, 'alice'), { random: () => 0 });
    const { connection_id } = await client.ready();
    server.kill('SIGSTOP');
    const asked = client.request('ping', null, 60_000);
    void asked.catch(() => undefined);
    await expect.poll(() => client.state, within).toBe('connecting');
    expect(changes.at(-1)?.error?.code).toBe('timeout');
    await expect(asked).rejects.toMatchObject({ code: 'timeout' });
    server.kill('SIGCONT');
    await expect.poll(() => client.state, within).toBe('connected');
    expect(client.session?.connection_id).not.toBe(connection_id);
  });

  it('is found out also while the clock here is set back by an hour', async () => {
    const server = await startServer({ env });
    const proxy = await TcpProxy.before(server.url);
    const { client, changes } = clientOf(proxy, await newPerson(server, 'alice'));
    await client.ready();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    proxy.swallow();
    await expect.poll(() => changes.length, within).toBeGreaterThan(3);
    expect(changes[2]).toMatchObject({ state: 'connecting', error: { code: 'timeout' } });
    expect(client.state).toBe('connected');
  });

  it('is not suspected while it answers', async () => {
    const server = await startServer({ env });
    const { client, changes } = clientOf(server, await newPerson(server, 'alice'));
    await client.ready();
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    expect(changes).toHaveLength(2);
  });
});

describe('a server that is slow to let clients in', () => {
  it('is given more time at each try', async () => {
    const server = await startServer();
    const proxy = await TcpProxy.before(server.url);
    const options = { connectTimeoutMs: 500, random: () => 0 };
    const { client, changes } = clientOf(proxy, await newPerson(server, 'alice'), options);
    await client.ready();
    proxy.latency(200);
    proxy.reset();
    await expect.poll(() => changes.length, within).toBeGreaterThan(4);
    await expect.poll(() => client.state, within).toBe('connected');
    const codes = changes.flatMap(({ error }) => error?.code ?? []);
    expect(codes.slice(0, 2)).toEqual(['closed', 'timeout']);
    expect(codes.length).toBeLessThan(5);
  });
});

describe('a server that goes away', () => {
  it('says when to return, and is not asked before', async () => {
    const server = await startServer({ env: { ...SECRET, DRAIN_TIMEOUT: '8s' } });
    const alice = await newPerson(server, 'alice');
    const triedAt: number[] = [];
    const getToken = () => {
      triedAt.push(performance.now());
      return alice.token;
    };
    const { client, changes } = clientOf(server, alice, { getToken });
    await client.ready();
    const others = await Promise.all(Array.from({ length: 3 }, () => connect(server.wsUrl, alice.token)));
    server.kill('SIGTERM');
    await expect.poll(() => changes.length, within).toBe(3);
    const closedAt = performance.now();
    const { error, retryInMs = 0 } = changes[2] ?? {};
    expect(error).toMatchObject({ code: 'closed', closeCode: 1001, retryable: true });
    const told = error?.retryAfterMs ?? Number.NaN;
    expect(retryInMs).toBeGreaterThanOrEqual(told);
    expect(Math.max(...others.map(({ closed }) => closed?.code ?? 0))).toBe(1001);
    await server.exited;
    await startAgain(server);
    await expect.poll(() => client.state, { timeout: 30_000 }).toBe('connected');
    expect((triedAt[1] ?? 0) - closedAt).toBeGreaterThan(told - 100);
  });
});

describe('a token that ran out', () => {
  it('ends the connection with 4001, and a new one opens the next', async () => {
    const server = await startServer({ env: { ACCESS_TOKEN_TTL: '3s' } });
    const renewal = new Renewal(await newPerson(server, 'alice'));
    const getToken = (reason: string) => {
      if (reason === 'refresh') throw new Error('the page is asleep');
      return renewal.getToken(reason);
    };
    const { client, changes } = clientOf(server, await newPerson(server, 'alice'), { getToken, random: () => 0 });
    const first = await client.ready();
    await expect.poll(() => changes.length, within).toBeGreaterThan(3);
    expect(changes[2]).toMatchObject({ state: 'connecting', error: { code: 'closed', closeCode: 4001 } });
    expect(changes[3]?.state).toBe('connected');
    const second = await client.ready();
    expect(Date.parse(second.token_expires_at)).toBeGreaterThan(Date.parse(first.token_expires_at));
    expect(renewal.reasons.slice(0, 2)).toEqual(['connect', 'connect']);
  });
});

describe('a server that is full', () => {
  it('answers 503: the client waits as long as it is told, and is let in when there is room', async () => {
    const server = await startServer({ env: { MAX_CONNECTIONS: '1' } });
    const alice = await newPerson(server, 'alice');
    const socket = await connect(server.wsUrl, alice.token);
    const { client, changes } = clientOf(server, alice, { random: () => 0 });
    await expect.poll(() => changes.length, within).toBeGreaterThan(1);
    const { error, retryInMs = 0 } = changes[1] ?? {};
    expect(error).toMatchObject({ code: 'unavailable', retryable: true, retryAfterMs: expect.any(Number) });
    expect(retryInMs).toBeGreaterThanOrEqual((error?.retryAfterMs ?? 0) + 250);
    await socket.close();
    await expect.poll(() => client.state, { timeout: 30_000 }).toBe('connected');
  });
});
