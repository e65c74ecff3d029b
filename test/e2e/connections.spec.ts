import { describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/http.js';
import { ADMIN_ENV, adminOf, newPerson } from '../support/people.js';
import { metric } from '../support/metrics.js';
import { clientFrame, handshakeBytes, RawClient } from '../support/raw.js';
import { connect, type TestSocket } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

async function annOn(app: TestApp) {
  const ann = await newPerson(app, 'ann');
  return { ann, socket: await connect(app.wsUrl, ann.token) };
}

describe('A connection whose token runs out', () => {
  it.each([0, 137])('is told 60 s ahead, and closed with 4001 when nothing was done about it (%i)', async (offset) => {
    const clock = new TestClock(Date.UTC(2026, 0, 1) + offset);
    const app = await startApp({ clock, env: { HEARTBEAT_INTERVAL: '10m' } });
    const { socket } = await annOn(app);
    await clock.advance(13.9 * 60_000);
    await socket.settled();
    expect(socket.ofType('token_expiring')).toHaveLength(0);
    await clock.advance(0.2 * 60_000);
    const { data } = await socket.next('token_expiring');
    expect(data).toEqual({ expires_at: expect.stringMatching(/Z$/) });
    await clock.advance(50_000);
    await socket.settled();
    await clock.advance(6000);
    expect(await socket.ended()).toMatchObject({ code: 4001 });
    expect(socket.ofType('token_expiring')).toHaveLength(1);
  });

  it('goes on with auth_refresh, which says until when', async () => {
    const clock = new TestClock();
    const app = await startApp({ clock, env: { HEARTBEAT_INTERVAL: '10m' } });
    const { ann, socket } = await annOn(app);
    await clock.advance(14 * 60_000);
    const fresh = await ann.succeed<{ access_token: string; expires_at: string }>('POST', 'auth/refresh', {
      refresh_token: ann.refreshToken,
    });
    const ack = await socket.request('auth_refresh', { token: fresh.access_token });
    expect(ack).toMatchObject({ type: 'ack', data: { expires_at: fresh.expires_at } });
    await clock.advance(10 * 60_000);
    await socket.settled();
    expect(socket.closed).toBeUndefined();
    await clock.advance(5.1 * 60_000);
    expect(await socket.ended()).toMatchObject({ code: 4001 });
  });

  it('does not go on with a bad token, a stranger’s, or one of another session', async () => {
    const app = await startApp();
    const { ann, socket } = await annOn(app);
    const others = [await newPerson(app, 'ben'), await ann.elsewhere(app.url)];
    for (const token of ['x.y.z', ann.refreshToken, ...others.map((other) => other.token)]) {
      expect(await socket.request('auth_refresh', { token })).toMatchObject({
        type: 'error',
        data: { code: 'token_invalid' },
      });
    }
    await socket.settled();
  });
});

describe('auth_refresh', () => {
  it('never makes a connection shorter', async () => {
    const clock = new TestClock();
    const app = await startApp({ clock });
    const ann = await newPerson(app, 'ann');
    await clock.advance(2000);
    const fresh = await ann.succeed<{ access_token: string; expires_at: string }>('POST', 'auth/refresh', {
      refresh_token: ann.refreshToken,
    });
    const socket = await connect(app.wsUrl, fresh.access_token);
    expect(await socket.request('auth_refresh', { token: ann.token })).toMatchObject({
      data: { expires_at: fresh.expires_at },
    });
  });
});

describe('A session that ends closes its sockets, and no others:', () => {
  async function twoDevices(env: Record<string, string> = {}) {
    const app = await startApp({ env: { ...ADMIN_ENV, ...env } });
    const { ann, socket } = await annOn(app);
    const phone = await ann.elsewhere(app.url);
    const bystander = await annOn(app);
    return { app, ann, here: socket, phone, there: await connect(app.wsUrl, phone.token), stranger: bystander.socket };
  }

  /** Closed within a second of now, with this code. */
  async function closes(socket: TestSocket, code: number): Promise<void> {
    const from = performance.now();
    expect(await socket.ended()).toMatchObject({ code });
    expect(performance.now() - from).toBeLessThan(1000);
  }

  it('logout', async () => {
    const { ann, here, there, stranger } = await twoDevices();
    await ann.succeed('POST', 'auth/logout');
    await closes(here, 4500);
    await Promise.all([there.settled(), stranger.settled()]);
  });

  it('logout-all', async () => {
    const { ann, here, there, stranger } = await twoDevices();
    await ann.succeed('POST', 'auth/logout-all');
    await Promise.all([closes(here, 4500), closes(there, 4500)]);
    await stranger.settled();
  });

  it('the revocation of one session', async () => {
    const { ann, phone, here, there } = await twoDevices();
    await ann.succeed('DELETE', `auth/sessions/${phone.sessionId}`);
    await closes(there, 4500);
    await here.settled();
  });

  it('a change of the password, but for the session that made it', async () => {
    const { ann, here, there } = await twoDevices();
    await ann.succeed('POST', 'auth/change-password', {
      current_password: PASSWORD,
      new_password: 'sandi baru yang lain',
    });
    await closes(there, 4500);
    await here.settled();
  });

  it('the disabling of the account', async () => {
    const { app, ann, here, there, stranger } = await twoDevices();
    await (await adminOf(app)).succeed('PATCH', `admin/users/${ann.id}`, { disabled: true });
    await Promise.all([closes(here, 4501), closes(there, 4501)]);
    await stranger.settled();
  });

  it('the reuse of a refresh token', async () => {
    const clock = new TestClock();
    const app = await startApp({ clock });
    const { ann, socket } = await annOn(app);
    await ann.succeed('POST', 'auth/refresh', { refresh_token: ann.refreshToken });
    await clock.advance(11_000);
    const reply = await ann.call('POST', 'auth/refresh', { body: { refresh_token: ann.refreshToken } });
    expect(reply.body.error?.code).toBe('refresh_token_reused');
    await closes(socket, 4500);
  });
});

describe('A connection that the client closes', () => {
  it('is ended by the server, without waiting for the client to hang up', async () => {
    const app = await startApp();
    const ann = await newPerson(app, 'ann');
    // Neither of them ends its side of the TCP connection.
    const [leaving, staying] = await Promise.all([RawClient.connect(app.url), RawClient.connect(app.url)]);
    for (const client of [leaving, staying]) {
      client.write(handshakeBytes(`/ws?token=${ann.token}`));
      await client.until(() => client.received.includes('"connected"') || undefined, 'connected');
    }
    leaving.write(clientFrame(Buffer.from([0x03, 0xe8]), { opcode: 8 }));
    await leaving.until(
      () => leaving.received.includes(Buffer.from([0x88, 0x02, 0x03, 0xe8])) || undefined,
      'an answer',
    );
    await expect.poll(() => metric(app, 'hadir_connections'), { timeout: 2000 }).toBe(1);
    expect(staying.ended).toBe(false);
  });
});

describe('The heartbeat', () => {
  it('closes a client that stays silent with 4010', async () => {
    const app = await startApp({ env: { HEARTBEAT_INTERVAL: '200ms', HEARTBEAT_TIMEOUT: '200ms' } });
    const ann = await newPerson(app, 'ann');
    const client = await RawClient.connect(app.url);
    client.write(handshakeBytes(`/ws?token=${ann.token}`));
    const closeFrame = Buffer.from([0x0f, 0xaa]);
    await client.until(() => client.received.includes(closeFrame) || undefined, 'a close frame with 4010');
    await client.until(() => client.ended || undefined, 'the end of the connection');
  });

  it('takes any frame for a sign of life', async () => {
    const app = await startApp({ env: { HEARTBEAT_INTERVAL: '100ms', HEARTBEAT_TIMEOUT: '150ms' } });
    const ann = await newPerson(app, 'ann');
    const client = await RawClient.connect(app.url);
    client.write(handshakeBytes(`/ws?token=${ann.token}`));
    const pings = () => client.received.toString('latin1').split('\x89\x00').length - 1;
    const talking = setInterval(() => client.write(clientFrame('{"type":"ping"}')), 20);
    await client
      .until(() => pings() >= 8 || undefined, 'eight pings of the server')
      .finally(() => clearInterval(talking));
    expect(client.ended).toBe(false);
  });

  it('leaves a client that answers alone', async () => {
    const app = await startApp({ env: { HEARTBEAT_INTERVAL: '100ms', HEARTBEAT_TIMEOUT: '100ms' } });
    const { socket } = await annOn(app);
    let pings = 0;
    socket.raw.on('ping', () => (pings += 1));
    await expect.poll(() => pings, { timeout: 5000 }).toBeGreaterThan(8);
    await socket.settled();
  });
});

describe('A node that stops', () => {
  it('sends everybody away with 1001 and a time of their own, spread over the drain', async () => {
    const app = await startApp({ env: { DRAIN_TIMEOUT: '25s', MAX_CONNECTIONS_PER_USER: '1000' } });
    const ann = await newPerson(app, 'ann');
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connect(app.wsUrl, ann.token)));
    await app.close();
    const ends = await Promise.all(sockets.map((socket) => socket.ended()));
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1001]));
    const times = ends.map(({ reason }) => (JSON.parse(reason) as { retry_after_ms: number }).retry_after_ms);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...times)).toBeLessThan(25_000);
    expect(new Set(times.map((time) => Math.floor(time / 2500))).size).toBeGreaterThanOrEqual(8);
  });
});

describe('Administrators', () => {
  it('see the live sockets page by page and can close one', async () => {
    const app = await startApp({ env: ADMIN_ENV });
    const { ann, socket } = await annOn(app);
    const second = await connect(app.wsUrl, ann.token, { headers: { 'user-agent': 'tes' } });
    const admin = await adminOf(app);
    type Page = { items: Record<string, string>[]; next_cursor: string | null };
    const first = await admin.succeed<Page>('GET', 'admin/connections?limit=1');
    const rest = await admin.succeed<Page>('GET', `admin/connections?limit=1&cursor=${first.next_cursor}`);
    expect(rest.next_cursor).toBeNull();
    const shown = [...first.items, ...rest.items];
    expect(shown.map(({ user_id }) => user_id)).toEqual([ann.id, ann.id]);
    const connected = await second.next('connected');
    const { connection_id } = connected.data as { connection_id: string };
    expect(shown.find(({ id }) => id === connection_id)).toMatchObject({
      ip: '127.0.0.1',
      user_agent: 'tes',
      session_id: ann.sessionId,
    });
    await admin.succeed('DELETE', `admin/connections/${connection_id.toUpperCase()}`);
    expect(await second.ended()).toMatchObject({ code: 1000 });
    await socket.settled();
    expect((await admin.call('DELETE', `admin/connections/${connection_id}`)).status).toBe(404);
  });

  it('only: others are refused', async () => {
    const app = await startApp();
    const { ann } = await annOn(app);
    expect(await ann.call('GET', 'admin/connections')).toMatchObject({
      status: 403,
      body: { error: { code: 'admin_only' } },
    });
  });
});
