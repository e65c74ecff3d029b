import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Hadir } from '../../client/src/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { clientOf } from '../support/hadir-client.js';
import { ADMIN_ENV, adminOf, newPerson, type Person } from '../support/people.js';
import { connect } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const within = { timeout: 10_000 };

interface End {
  readonly how: string;
  readonly code: number;
  readonly env?: Record<string, string>;
  readonly act: (app: TestApp, person: Person, client: Hadir) => Promise<unknown>;
}

const ends: readonly End[] = [
  {
    how: 'its session was revoked',
    code: 4500,
    act: (_, person) => person.succeed('POST', 'auth/logout'),
  },
  {
    how: 'its account was disabled',
    code: 4501,
    env: ADMIN_ENV,
    act: async (app, { id }) => (await adminOf(app)).succeed('PATCH', `admin/users/${id}`, { disabled: true }),
  },
  {
    how: 'a newer connection of the user has its place',
    code: 4503,
    env: { MAX_CONNECTIONS_PER_USER: '1', MAX_CONNECTIONS_POLICY: 'replace_oldest' },
    act: (app, { token }) => connect(app.wsUrl, token),
  },
  {
    how: 'it was wrong ten times in a minute',
    code: 4509,
    act: (_, __, client) =>
      Promise.allSettled(Array.from({ length: 10 }, () => client.request('typing_start', { room_id: 'tea' }))),
  },
];

describe('a client whose connection was closed because', () => {
  it.each(ends)('$how ($code) stays away', async ({ code, env = {}, act }) => {
    const app = await startApp({ env });
    const alice = await newPerson(app, 'alice');
    let asked = 0;
    const getToken = () => {
      asked += 1;
      return alice.token;
    };
    const { client, changes } = clientOf(app, alice, { getToken, random: () => 0 });
    await client.ready();
    await act(app, alice, client);
    await expect.poll(() => client.state, within).toBe('disconnected');
    expect(changes.at(-1)?.error).toMatchObject({ code: 'closed', closeCode: code, retryable: false });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect([asked, client.state]).toEqual([1, 'disconnected']);
    await expect(client.request('ping', null)).rejects.toMatchObject({ code: 'disconnected' });
  });
});

describe('a request', () => {
  it('fails in its time when nobody answers, and at once when the connection is cut', async () => {
    const app = await startApp();
    const proxy = await TcpProxy.before(app.url);
    const { client } = clientOf(proxy, await newPerson(app, 'alice'));
    await client.ready();
    proxy.swallow();
    const cut = client.request('ping', null).catch((error: unknown) => error);
    const began = performance.now();
    await expect(client.request('ping', null, 300)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    expect(performance.now() - began).toBeLessThan(1000);
    expect(client.state).toBe('connected');
    proxy.reset();
    expect(await cut).toMatchObject({ code: 'closed', closeCode: 1006, retryable: true });
  });

  it('does not go out on a connection that is being closed', async () => {
    const late: string[] = [];
    class Watched extends WebSocket {
      override send(text: string): void {
        if (this.readyState !== WebSocket.OPEN) late.push(text);
        super.send(text);
      }
    }
    const app = await startApp({ env: ADMIN_ENV });
    const { client } = clientOf(app, await newPerson(app, 'alice'), { WebSocket: Watched });
    const { connection_id } = await client.ready();
    const kicked = (await adminOf(app)).succeed('DELETE', `admin/connections/${connection_id}`);
    const asked: Promise<unknown>[] = [];
    while (client.state === 'connected') {
      asked.push(client.request('ping', null).catch((error: unknown) => error));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await kicked;
    await Promise.all(asked);
    expect(late).toEqual([]);
  });

  it('that waits for a connection waits for the next one too, and no longer than it may', async () => {
    const app = await startApp();
    const proxy = await TcpProxy.before(app.url);
    proxy.down();
    const { client } = clientOf(proxy, await newPerson(app, 'alice'), { random: () => 0 });
    await expect(client.request('ping', null, 300)).rejects.toMatchObject({ code: 'timeout' });
    const patient = client.request('ping', null);
    await new Promise((resolve) => setTimeout(resolve, 700));
    proxy.up();
    expect(await patient).toBeNull();
  });
});
