import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startApp } from '../support/app.js';
import { ADMIN, ADMIN_ENV, Http, PASSWORD } from '../support/http.js';
import { refusalOf } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

const HEAD = new Set(['time', 'level', 'context']);

type Line = Record<string, unknown> & { event: string };

let written = '';
beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

/** What the security log holds, from JSON lines. */
function events(): Line[] {
  const lines = written.split('\n').filter((line) => line.startsWith('{'));
  const parsed = lines.map((line) => JSON.parse(line) as Line & { context: string });
  return parsed
    .filter(({ context }) => context === 'security')
    .map((line) => Object.fromEntries(Object.entries(line).filter(([name]) => !HEAD.has(name))) as Line);
}

const names = () => events().map(({ event }) => event);

async function start(env: Record<string, string> = {}) {
  const clock = new TestClock();
  const app = await startApp({ clock, env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json', ...ADMIN_ENV, ...env } });
  return { clock, http: new Http(app.url), wsUrl: app.wsUrl };
}

describe('the security log', () => {
  it('tells of logins, tokens, sessions, passwords and accounts', async () => {
    const { http, clock } = await start({ RATE_LIMIT_LOGIN_ACCOUNT: '2/60s' });
    const { user, access_token: token, refresh_token } = await http.newcomer();
    const wrong = () => http.post('auth/login', { body: { email: user.email, password: 'wrong password' } });
    for (let turn = 0; turn < 3; turn += 1) await wrong();
    await clock.advance(60_000);
    const body = { current_password: PASSWORD, new_password: 'another password' };
    await http.post('auth/change-password', { token, body });
    await http.post('auth/refresh', { body: { refresh_token } });
    await clock.advance(60_000);
    await http.post('auth/refresh', { body: { refresh_token } });
    const { access_token: admin } = await http.login(ADMIN.email, ADMIN.password);
    const path = `admin/users/${user.id}`;
    await http.patch(path, { token: admin, body: { role: 'admin' } });
    await http.patch(path, { token: admin, body: { disabled: true } });
    await http.patch(path, { token: admin, body: { disabled: false } });
    expect(names()).toEqual([
      ...['account_created', 'account_created', 'login_ok', 'token_created'],
      ...['login_failed', 'login_failed', 'login_limited'],
      ...[
        'password_check_ok',
        'session_revoked',
        'password_changed',
        'token_rotated',
        'token_reused',
        'session_revoked',
      ],
      ...['login_ok', 'token_created', 'role_changed', 'account_disabled', 'session_revoked', 'account_enabled'],
    ]);
    expect(events()).toContainEqual({ event: 'login_ok', user_id: user.id, address: '127.0.0.1' });
    const [failed] = events().filter(({ event }) => event === 'login_failed');
    expect(failed).toEqual({
      event: 'login_failed',
      reason: 'invalid_credentials',
      account: expect.stringMatching(/^[\da-f]{12}$/),
      address: '127.0.0.1',
    });
  });

  it('tells of the session that had to make room for a newer one', async () => {
    const { http, clock } = await start({ MAX_SESSIONS_PER_USER: '1' });
    const { user, session_id } = await http.newcomer();
    await clock.advance(1000);
    await http.login(user.email);
    expect(events().filter(({ event }) => event === 'session_revoked')).toEqual([
      { event: 'session_revoked', user_id: user.id, session_id, cause: 'session_revoked', reason: 'too_many_sessions' },
    ]);
  });

  it('tells who wanted what only administrators may', async () => {
    const { http } = await start();
    const { user, access_token: token } = await http.newcomer();
    await http.get('admin/users?q=secret', { token });
    await http.delete('admin/origins/x', { token });
    const refused = { event: 'admin_refused', user_id: user.id, address: '127.0.0.1' };
    expect(events().filter(({ event }) => event === 'admin_refused')).toEqual([
      { ...refused, method: 'GET', path: '/api/v1/admin/users' },
      { ...refused, method: 'DELETE', path: '/api/v1/admin/origins/x' },
    ]);
  });

  it('tells of pages that were refused at /ws, and of addresses that knock too often', async () => {
    const { wsUrl } = await start({ RATE_LIMIT_HANDSHAKE: '1/24h' });
    await refusalOf(wsUrl, { headers: { origin: 'https://evil.test' } });
    await refusalOf(wsUrl, { headers: { origin: 'https://evil.test' } });
    expect(events()).toEqual([
      { event: 'account_created', user_id: expect.any(String) as string, role: 'admin' },
      { event: 'origin_refused', address: '127.0.0.1', origin: 'https://evil.test' },
      { event: 'handshake_limited', address: '127.0.0.1' },
    ]);
  });

  it('tells who changed the whitelist of origins', async () => {
    const { http } = await start();
    const { user, access_token: token } = await http.login(ADMIN.email, ADMIN.password);
    const body = { origin: 'https://new.example.com' };
    const { data } = (await http.post<{ id: string }>('admin/origins', { token, body })).body;
    await http.delete(`admin/origins/${data.id}`, { token });
    expect(events().filter(({ event }) => event.startsWith('origin_'))).toEqual([
      { event: 'origin_added', ...body, user_id: user.id },
      { event: 'origin_removed', ...body, user_id: user.id },
    ]);
  });

  it('holds no token, no password and no e-mail', async () => {
    const { http } = await start();
    const { user, access_token, refresh_token } = await http.newcomer();
    const { refresh_token: successor } = (
      await http.post<{ refresh_token: string }>('auth/refresh', { body: { refresh_token } })
    ).body.data;
    await http.post('auth/login', { body: { email: user.email, password: 'canary in the coal mine' } });
    await http.get(`users/me?token=${access_token}`, { token: access_token });
    await http.get('users/me', { token: `${access_token}x` });
    expect(written).toContain('token_rotated');
    for (const secret of [access_token, refresh_token, successor, PASSWORD, 'canary', user.email]) {
      expect(written).not.toContain(secret);
    }
  });

  it('writes one line per event, whatever somebody sends', async () => {
    const { http } = await start({ TRUSTED_PROXIES: '127.0.0.1' });
    const nasty = `a\r\n{"event":"login_ok"}\u001b[31m\u2028@example.com`;
    await http.post('auth/login', {
      body: { email: nasty, password: 'wrong password' },
      headers: { 'x-forwarded-for': '1.2.3.4, nonsense', 'user-agent': 'x\u009b31m' },
    });
    expect(names().filter((name) => name === 'login_failed')).toHaveLength(1);
    expect(names()).not.toContain('login_ok');
    expect(written).not.toContain('\u001b[31m');
  });

  it('is one line per event in the pretty log too', async () => {
    const { http } = await start({ LOG_FORMAT: 'pretty' });
    const { user } = await http.newcomer();
    const lines = written.split('\n').filter((text) => text.includes('event=login_ok'));
    expect(lines).toEqual([expect.stringContaining(`user_id=${user.id}`)]);
  });
});
