import { describe, expect, it } from 'vitest';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { startApp } from '../support/app.js';
import { Http, PASSWORD } from '../support/http.js';
import { TestClock } from '../support/test-clock.js';

const WRONG = 'wrong password';

async function start(env: Record<string, string>) {
  const clock = new TestClock();
  const backend = new MemoryBackend();
  const http = new Http((await startApp({ clock, backend, env })).url);
  return { clock, backend, http };
}

const attempt = (http: Http, email: string, password = WRONG, headers: Record<string, string> = {}) =>
  http.post('auth/login', { body: { email, password }, headers });

/** Makes the calls at most ten at a time, so that hashing does not turn any away. @returns how many got each status */
async function tally(count: number, call: () => Promise<{ status: number }>): Promise<Record<number, number>> {
  const seen: Record<number, number> = {};
  for (let done = 0; done < count; done += 10) {
    const batch = await Promise.all(Array.from({ length: Math.min(10, count - done) }, call));
    for (const { status } of batch) seen[status] = (seen[status] ?? 0) + 1;
  }
  return seen;
}

describe('guessing the password of an account', () => {
  it('is let through five times in a minute, exactly, also of a hundred at once', async () => {
    const { http } = await start({ RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' });
    const email = await http.register();
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await attempt(http, email)).status));
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(95);
  });

  it('says when to come back, and then lets one in', async () => {
    const { http, clock } = await start({ RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' });
    const email = await http.register();
    await tally(5, () => attempt(http, email));
    const { status, headers, body } = await attempt(http, email, PASSWORD);
    expect([status, body.error?.code]).toEqual([429, 'rate_limited']);
    expect([headers.get('retry-after'), body.error?.retry_after_ms]).toEqual(['12', 12_000]);
    await clock.advance(12_000);
    expect((await attempt(http, email, PASSWORD)).status).toBe(200);
  });

  it('is counted over all nodes, for accounts that do not exist alike, and whatever the case of the e-mail', async () => {
    const { http, clock, backend } = await start({ RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' });
    const other = new Http((await startApp({ clock, backend, env: { RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' } })).url);
    const nodes = [http, other];
    let turn = 0;
    const seen = await tally(20, () => {
      turn += 1;
      return attempt(nodes[turn % 2] ?? http, turn % 3 ? 'nobody@example.com' : 'NOBODY@example.com');
    });
    expect(seen).toEqual({ 401: 5, 429: 15 });
  });

  it('costs the rightful owner nothing: good logins are not counted', async () => {
    const { http } = await start({ RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' });
    const email = await http.register();
    for (let turn = 0; turn < 12; turn += 1) expect((await attempt(http, email, PASSWORD)).status).toBe(200);
  });

  it('leaves open sessions and other accounts alone', async () => {
    const { http } = await start({ RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' });
    const { user, access_token: token, refresh_token } = await http.newcomer();
    await tally(10, () => attempt(http, user.email));
    expect((await http.get('users/me', { token })).status).toBe(200);
    expect((await http.post('auth/refresh', { body: { refresh_token } })).status).toBe(200);
    expect((await http.newcomer()).user.role).toBe('user');
  });

  it('by way of the change of a password is counted with the rest', async () => {
    const { http } = await start({ RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' });
    const { access_token: token } = await http.newcomer();
    const body = { current_password: WRONG, new_password: 'some new password' };
    expect(await tally(10, () => http.post('auth/change-password', { token, body }))).toEqual({ 401: 5, 429: 5 });
  });
});

describe('calls of one address', () => {
  it('are counted whatever the account, good ones too', async () => {
    const { http } = await start({ RATE_LIMIT_LOGIN_IP: '20/60s' });
    const email = await http.register();
    let turn = 0;
    const seen = await tally(30, () => {
      turn += 1;
      return turn % 2 ? attempt(http, email, PASSWORD) : attempt(http, `nobody${turn}@example.com`);
    });
    expect(seen).toEqual({ 200: 10, 401: 10, 429: 10 });
  });

  it('to register and to refresh with bad tokens have buckets of their own', async () => {
    const { http } = await start({ RATE_LIMIT_LOGIN_IP: '4/60s' });
    const register = () =>
      http.post('auth/register', { body: { email: 'taken@example.com', password: PASSWORD, display_name: 'x' } });
    const refresh = () => http.post('auth/refresh', { body: { refresh_token: 'x' } });
    const registered = await tally(6, register);
    expect(registered).toEqual({ 201: 1, 409: 3, 429: 2 });
    expect(await tally(6, refresh)).toEqual({ 401: 4, 429: 2 });
    expect((await attempt(http, 'taken@example.com', PASSWORD)).status).toBe(200);
  });

  it('do not count X-Forwarded-For, unless the peer is a trusted proxy', async () => {
    const forged = (http: Http) => {
      let turn = 0;
      return tally(6, () =>
        attempt(http, `nobody${turn}@example.com`, WRONG, { 'x-forwarded-for': `10.0.0.${(turn += 1)}` }),
      );
    };
    const { http: direct } = await start({ RATE_LIMIT_LOGIN_IP: '3/60s' });
    expect(await forged(direct)).toEqual({ 401: 3, 429: 3 });
    const { http: behind } = await start({ RATE_LIMIT_LOGIN_IP: '3/60s', TRUSTED_PROXIES: '127.0.0.0/8' });
    expect(await forged(behind)).toEqual({ 401: 6 });
  });

  it('behind a proxy count IPv6 by its /64', async () => {
    const { http } = await start({ RATE_LIMIT_LOGIN_IP: '3/60s', TRUSTED_PROXIES: '127.0.0.1' });
    let turn = 0;
    const from = () =>
      attempt(http, `nobody${turn}@example.com`, WRONG, { 'x-forwarded-for': `2001:db8::${(turn += 1)}` });
    expect(await tally(6, from)).toEqual({ 401: 3, 429: 3 });
  });
});

describe('REST as a whole', () => {
  it('has a bucket per address, over all routes and nodes, and says how full it is', async () => {
    const env = { RATE_LIMIT_REST: '10/60s' };
    const { http, clock, backend } = await start(env);
    const other = new Http((await startApp({ clock, backend, env })).url);
    const first = await http.get('users/me');
    expect(first.headers.get('x-ratelimit-limit')).toBe('10');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('9');
    let turn = 0;
    const seen = await tally(14, () => ((turn += 1) % 2 ? http.get('users') : other.post('auth/logout')));
    expect(seen).toEqual({ 401: 9, 429: 5 });
    const { status, headers, body } = await http.get('users/me');
    expect([status, body.error?.code, body.error?.retry_after_ms]).toEqual([429, 'rate_limited', 6000]);
    expect(headers.get('retry-after')).toBe('6');
    await clock.advance(6000);
    expect((await http.get('users/me')).status).toBe(401);
  });
});
