import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Hadir, HadirError, type HadirOptions } from '../../client/src/index.js';
import { startApp } from '../support/app.js';
import { clientOf, Renewal } from '../support/hadir-client.js';
import { newPerson, type Person } from '../support/people.js';
import { scene } from '../support/scene.js';

const within = { timeout: 10_000 };
const nobody = { token: 'nobody asks for it' } as Person;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A proxy that has no server behind it and says so. */
async function startPoorProxy(status: number, headers: Record<string, string>, body: unknown) {
  let asked = 0;
  const proxy = createServer((_, response) => {
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => asked };
}

afterEach(() => vi.useRealTimers());

describe('what an application does in a listener', () => {
  it('may be to disconnect at once, and that holds', async () => {
    const app = await startApp();
    const alice = await newPerson(app, 'alice');
    const client = new Hadir(app.url, { getToken: () => alice.token, WebSocket });
    const states: string[] = [];
    client.on('state', ({ state }) => {
      states.push(state);
      if (state === 'connecting') client.disconnect();
    });
    client.connect();
    await pause(500);
    expect(states).toEqual(['connecting', 'disconnected']);
    expect(client.session).toBeUndefined();
  });

  it('may be to disconnect when connected: nobody is told of a connection that is gone', async () => {
    const app = await startApp();
    const { client } = clientOf(app, await newPerson(app, 'alice'));
    client.on('state', ({ state }) => state === 'connected' && client.disconnect());
    let welcomes = 0;
    client.on('connected', () => (welcomes += 1));
    await expect.poll(() => client.state, within).toBe('disconnected');
    expect(welcomes).toBe(0);
  });

  it('may be to connect again and ask: what ended has no part in it', async () => {
    const app = await startApp();
    const { client } = clientOf(app, await newPerson(app, 'alice'));
    await client.ready();
    const answered = new Promise((resolve, reject) => {
      client.on('state', ({ state }) => {
        if (state !== 'disconnected') return;
        client.connect();
        client.request('ping', null).then(resolve, reject);
      });
    });
    client.disconnect();
    expect(await answered).toBeNull();
  });

  it('comes after what was asked while it was still connecting', async () => {
    const app = await startApp();
    const alice = await newPerson(app, 'alice');
    const { client } = clientOf(app, alice);
    const later = new Promise((resolve) => {
      client.on('state', ({ state }) => state === 'connected' && resolve(client.presence.setStatus('online')));
    });
    await client.presence.setStatus('busy');
    await later;
    expect(await alice.succeed('GET', 'presence/me')).toMatchObject({ status: 'online' });
  });
});

describe('options', () => {
  it('that are undefined are those that are not given, and an address may end in a slash', async () => {
    const app = await startApp();
    const undefinedOnes = { requestTimeoutMs: undefined, connectTimeoutMs: undefined, random: undefined };
    const alice = await newPerson(app, 'alice');
    const options = undefinedOnes as unknown as Partial<HadirOptions>;
    const { client } = clientOf({ url: `${app.wsUrl}/` }, alice, options);
    expect(await client.request('ping', null)).toBeNull();
  });
});

describe('a proxy without a server behind it', () => {
  it.each([
    [502, { error: 'Bad Gateway' }],
    [404, { error: { code: 'no_such_host' } }],
    [200, { data: {} }],
  ])('that answers %i in JSON is no reason to stop', async (status, body) => {
    const { url, asked } = await startPoorProxy(status, {}, body);
    const { changes } = clientOf({ url }, nobody, { random: () => 0 });
    await expect.poll(asked, within).toBe(3);
    expect(changes[1]).toMatchObject({ state: 'connecting', error: { code: 'unreachable', retryable: true } });
  });

  it('may want us to wait for weeks, which is longer than a timer can', async () => {
    const { url, asked } = await startPoorProxy(503, { 'retry-after': '3000000' }, {});
    const { changes } = clientOf({ url }, nobody);
    await expect.poll(() => changes.length, within).toBe(2);
    expect(changes[1]?.error?.retryAfterMs).toBe(3_000_000_000);
    await pause(500);
    expect(asked()).toBe(1);
  });
});

describe('waits', () => {
  it('grow each time for a client that goes on over the rate limit, however long it was connected', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const { app, clock } = await scene({ env: { RATE_LIMIT_MESSAGES: '1/1s' } });
    const { client, changes } = clientOf(app, await newPerson(app, 'alice'), { random: () => 0.999 });
    for (let round = 1; round <= 2; round += 1) {
      const { connection_id } = await client.ready();
      vi.advanceTimersByTime(60_000);
      while (client.session?.connection_id === connection_id) {
        await Promise.allSettled([client.request('ping', null), client.request('ping', null)]);
        await clock.advance(500);
      }
    }
    const waits = changes.filter(({ error }) => error?.closeCode === 4008).map(({ retryInMs }) => retryInMs);
    expect(waits).toEqual([expect.closeTo(2000, -1), expect.closeTo(4000, -1)]);
  });

  it('are drawn where a server sends everybody back at once', async () => {
    const app = await startApp({ env: { DRAIN_TIMEOUT: '0s' } });
    const { client, changes } = clientOf(app, await newPerson(app, 'alice'), { random: () => 0.5 });
    await client.ready();
    await app.close();
    await expect.poll(() => changes.length, within).toBeGreaterThan(2);
    expect(changes[2]).toMatchObject({ retryInMs: 1125, error: { closeCode: 1001, retryAfterMs: 0 } });
  });
});

describe('getToken', () => {
  it.each(['', undefined])('that gives %o instead of null means that nobody is logged in too', async (nothing) => {
    const { client } = clientOf({ url: 'http://127.0.0.1:1' }, nobody, { getToken: () => nothing as string });
    await expect(client.ready()).rejects.toMatchObject({ code: 'signed_out' });
  });

  it('that never answers a refresh does so for that connection only', async () => {
    const app = await startApp({ env: { ACCESS_TOKEN_TTL: '3s' } });
    const renewal = new Renewal(await newPerson(app, 'alice'));
    let isStuck = false;
    const getToken = (reason: string) => {
      if (reason !== 'refresh' || isStuck) return renewal.getToken(reason);
      isStuck = true;
      return new Promise<string>(() => undefined);
    };
    clientOf(app, nobody, { getToken, random: () => 0 });
    await expect.poll(() => renewal.reasons, within).toEqual(['connect', 'connect', 'refresh']);
  });

  it('that knows that the session is over ends the connection, at a refresh too', async () => {
    const app = await startApp({ env: { ACCESS_TOKEN_TTL: '5s' } });
    const alice = await newPerson(app, 'alice');
    const getToken = (reason: string) => {
      if (reason === 'refresh') throw new HadirError('refresh_token_reused');
      return alice.token;
    };
    const { client, changes } = clientOf(app, alice, { getToken, random: () => 0 });
    await client.ready();
    await expect.poll(() => client.state, { timeout: 3000 }).toBe('disconnected');
    expect(changes.at(-1)?.error?.code).toBe('refresh_token_reused');
  });

  it('that logs in anew is not asked again and again: a token of another session waits for the next connection', async () => {
    const app = await startApp({ env: { ACCESS_TOKEN_TTL: '9s' } });
    const alice = await newPerson(app, 'alice');
    const reasons: string[] = [];
    const getToken = async (reason: string) => {
      reasons.push(reason);
      return (await alice.elsewhere(app.url)).token;
    };
    const { changes } = clientOf(app, alice, { getToken, random: () => 0 });
    await expect.poll(() => changes.length, { timeout: 12_000 }).toBeGreaterThan(3);
    expect(changes[2]?.error?.closeCode).toBe(4001);
    expect(reasons.slice(0, 3)).toEqual(['connect', 'refresh', 'connect']);
  });
});
