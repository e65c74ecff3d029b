import { get } from 'node:http';
import { describe, expect, it, type TestContext } from 'vitest';
import { type Front, frontKinds, type FrontKind, startFront } from '../support/front.js';
import { startNodes } from '../support/nodes.js';
import { ADMIN_ENV, adminOf, newPerson, type Person } from '../support/people.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { handshakeBytes, RawClient } from '../support/raw.js';
import { need } from '../support/requirement.js';
import { ReturningClient } from '../support/returning-client.js';
import type { Server } from '../support/server.js';
import { connect, openSocket, refusalOf, type TestSocket } from '../support/socket.js';

const SOCKETS = 40;
const TRUSTING = { TRUSTED_PROXIES: '127.0.0.1', ...ADMIN_ENV };

interface Installation extends Front {
  readonly nodes: readonly Server[];
}

async function install(
  kind: FrontKind,
  context: TestContext,
  env: Record<string, string> = {},
  redisUrl?: string,
): Promise<Installation> {
  const { nodes } = await startNodes(2, { env: { ...TRUSTING, ...env }, ...(redisUrl && { redisUrl }) });
  const ports = nodes.map(({ port }) => port);
  return { nodes, ...(await startFront(kind, ports, context)) };
}

async function nodeOf(socket: TestSocket): Promise<string> {
  return String(((await socket.next('connected')).data as { node: string }).node);
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** The four ways in, each with a credential of its own. @returns the credentials too, as they stand on the wire */
async function fourWays(wsUrl: string, person: Person): Promise<{ sockets: TestSocket[]; secrets: string[] }> {
  const { ticket } = await person.succeed<{ ticket: string }>('POST', 'auth/ws-ticket');
  const protocols = ['hadir.v1', `hadir.bearer.${person.token}`];
  const sockets = [
    await openSocket(wsUrl, bearer(person.token)),
    await openSocket(`${wsUrl}?token=${person.token}`),
    await openSocket(`${wsUrl}?ticket=${ticket}`),
    await openSocket(wsUrl, { protocols }),
  ];
  return { sockets, secrets: [person.token, ticket, person.refreshToken] };
}

/** A GET from an address of our choice. */
function getFrom(localAddress: string, url: string, headers: Record<string, string>): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    get(url, { localAddress, headers }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0 });
    }).on('error', reject);
  });
}

describe.each(frontKinds)('Two nodes behind $name', { timeout: 60_000 }, (kind) => {
  it('share the sockets between them', async (context) => {
    const { url, wsUrl } = await install(kind, context, { MAX_CONNECTIONS_PER_USER: '100' });
    const ani = await newPerson({ url }, 'ani');
    const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => connect(wsUrl, ani.token)));
    const nodes = await Promise.all(sockets.map(nodeOf));
    const first = nodes.filter((node) => node === nodes[0]).length;
    expect(new Set(nodes).size).toBe(2);
    expect(Math.abs(2 * first - SOCKETS)).toBeLessThanOrEqual(10);
  });

  it('take all four kinds of credentials, and none of them stands in a log, also when no node is left', async (context) => {
    const { nodes, url, wsUrl, log } = await install(kind, context);
    const ani = await newPerson({ url }, 'ani');
    const { sockets, secrets } = await fourWays(wsUrl, ani);
    for (const socket of sockets) expect((await socket.next('connected')).type).toBe('connected');
    await expect(refusalOf(`${wsUrl}?token=${ani.token}x`)).resolves.toMatchObject({ status: 401 });
    for (const node of nodes) node.kill('SIGKILL');
    await Promise.all(sockets.map((socket) => socket.ended()));
    // With nobody behind it a proxy has most to complain about.
    expect(await refusalOf(`${wsUrl}?token=${ani.token}`)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { success: false, error: { code: 'unavailable', request_id: expect.any(String), retry_after_ms: 1000 } },
    });
    expect(await (await fetch(`${url}/api/v1/users/me`)).json()).toMatchObject({ error: { code: 'unavailable' } });
    await expect.poll(() => log().match(/"path":"[\\/]*ws"/g)?.length ?? 0).toBeGreaterThanOrEqual(6);
    const written = [log(), ...nodes.map(({ output }) => output)].join('\n');
    for (const secret of secrets) expect(written).not.toContain(secret);
    expect(written).not.toMatch(/[?&](token|ticket)=|eyJ/);
  });

  it('see the address that the client really has, not the one that it claims', async (context) => {
    const { url, wsUrl } = await install(kind, context, { RATE_LIMIT_REST: '20/60s' });
    const admin = await adminOf({ url });
    const forged = { ...bearer(admin.token).headers, 'x-forwarded-for': '203.0.113.7, 127.0.0.1' };
    const socket = await openSocket(wsUrl, { headers: forged, localAddress: '127.0.0.9' });
    await socket.next('connected');
    const list = await admin.succeed<{ items: { ip: string }[] }>('GET', 'admin/connections');
    expect(list.items.map(({ ip }) => ip)).toEqual(['127.0.0.9']);
    const asked = [];
    for (let count = 0; count < 30; count += 1) {
      const claims = { ...forged, 'x-forwarded-for': `203.0.113.${count}` };
      asked.push((await getFrom('127.0.0.10', `${url}/api/v1/users/me`, claims)).status);
    }
    expect(asked.filter((status) => status === 200)).toHaveLength(20);
    expect(asked.at(-1)).toBe(429);
  });

  it('have their refusals read by the client as they wrote them', async (context) => {
    const { url, wsUrl } = await install(kind, context, { RATE_LIMIT_HANDSHAKE: '4/60s' });
    const ani = await newPerson({ url }, 'ani');
    const refusal = async (at: string, options?: Parameters<typeof refusalOf>[1]) => {
      const { status, headers, body } = await refusalOf(at, options);
      expect(headers['content-type']).toContain('application/json');
      return [status, body.error.code, headers['retry-after'] !== undefined];
    };
    expect(await refusal(wsUrl)).toEqual([401, 'token_missing', false]);
    const foreign = { ...bearer(ani.token), origin: 'https://evil.example' };
    expect(await refusal(wsUrl, foreign)).toEqual([403, 'origin_not_allowed', false]);
    expect(await refusal(`${wsUrl}?token=a`, bearer(ani.token))).toEqual([400, 'ambiguous_credentials', false]);
    expect(await refusal(`${wsUrl}/`)).toEqual([404, 'not_found', false]);
    expect(await refusal(wsUrl)).toEqual([401, 'token_missing', false]);
    expect(await refusal(wsUrl, bearer(ani.token))).toEqual([429, 'rate_limited', true]);
    const padded = (bytes: number) => ({ headers: { cookie: `a=${'x'.repeat(bytes)}` } });
    expect(await refusal(wsUrl, padded(15_500))).toEqual([429, 'rate_limited', true]);
    expect(await refusal(wsUrl, padded(20_000))).toEqual([431, 'headers_too_large', false]);
  });
});

describe.each(frontKinds)('When a node behind $name', { timeout: 60_000 }, (kind) => {
  it('is told to stop, newcomers go to the other one and none is refused', async (context) => {
    const { nodes, url, wsUrl } = await install(kind, context, {
      DRAIN_TIMEOUT: '5s',
      MAX_CONNECTIONS_PER_USER: '100',
    });
    const [stopping, staying] = nodes as [Server, Server];
    const ani = await newPerson({ url }, 'ani');
    // A client that does not answer the close keeps the node draining, and listening, for all of its time.
    const silent = await RawClient.connect(stopping.url);
    silent.write(handshakeBytes(`/ws?token=${ani.token}`));
    await silent.until(() => silent.received.includes('"connected"') || undefined, 'connected');
    const there = await nodeOf(await connect(staying.wsUrl, ani.token));
    stopping.kill('SIGTERM');
    await silent.until(() => silent.received.includes('retry_after_ms') || undefined, 'the close');
    expect(await refusalOf(stopping.wsUrl, bearer(ani.token))).toMatchObject({ status: 503 });
    const newcomers = await Promise.all(
      Array.from({ length: 20 }, () => openSocket(wsUrl, bearer(ani.token)).then(nodeOf)),
    );
    expect(new Set(newcomers)).toEqual(new Set([there]));
    expect((await stopping.exited).code).toBe(0);
  });

  it('is killed, its clients get to the other one', async (context) => {
    const { nodes, url, wsUrl } = await install(kind, context);
    const [doomed, other] = nodes as [Server, Server];
    const ani = await newPerson({ url }, 'ani');
    const there = await nodeOf(await connect(other.wsUrl, ani.token));
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => new ReturningClient(wsUrl, bearer(ani.token)).start()),
    );
    const stranded = clients.filter(({ nodes: seen }) => seen[0] !== there);
    expect(stranded.length).toBeGreaterThan(2);
    doomed.kill('SIGKILL');
    await expect.poll(() => stranded.every((client) => client.nodes[1] === there), { timeout: 10_000 }).toBe(true);
    expect(stranded.flatMap(({ ends }) => ends.map(({ code }) => code))).toEqual(stranded.map(() => 1006));
  });

  it('and the other one have lost Redis, newcomers still come in', async (context) => {
    const redis = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
    const { nodes, url, wsUrl, log } = await install(kind, context, {}, redis.url);
    const ani = await newPerson({ url }, 'ani');
    await redis.kill();
    const ready = async (node: Server) => (await fetch(`${node.url}/health/ready`)).status;
    await expect.poll(() => Promise.all(nodes.map(ready)), { timeout: 10_000 }).toEqual([503, 503]);
    if (kind.seesUnready) await expect.poll(log, { timeout: 10_000 }).toContain(kind.seesUnready);
    const found = new Set<string>();
    const comeIn = async () => found.add(await nodeOf(await connect(wsUrl, ani.token))).size;
    await expect.poll(comeIn, { timeout: 10_000 }).toBe(2);
  });
});
