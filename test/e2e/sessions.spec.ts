import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { Http, PASSWORD } from '../support/http.js';

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface SessionItem {
  id: string;
  device_name: string | null;
  ip: string;
  user_agent: string | null;
  created_at: string;
  last_used_at: string;
  current: boolean;
}

let app: TestApp;
let http: Http;
beforeAll(async () => {
  app = await startApp();
  http = new Http(app.url);
});
afterAll(() => app.close());

const sessions = (token: string, query = '') =>
  http.get<{ items: SessionItem[]; next_cursor: string | null }>(`auth/sessions${query}`, { token });

describe('sessions', () => {
  it('are listed for their owner, who sees which one is asking', async () => {
    const email = await http.register();
    const { access_token: token } = await http.login(email);
    await http.post('auth/login', {
      body: { email, password: PASSWORD, device_name: 'Ponsel' },
      headers: { 'user-agent': 'Hadir/1.0' },
    });
    const { body } = await sessions(token);
    expect(body.data.items).toMatchObject([
      { device_name: 'Ponsel', ip: '127.0.0.1', user_agent: 'Hadir/1.0', current: false },
      { device_name: null, current: true },
    ]);
    expect(body.data.items[0]).toEqual({
      id: expect.stringMatching(UUID_V7),
      device_name: 'Ponsel',
      ip: '127.0.0.1',
      user_agent: 'Hadir/1.0',
      created_at: expect.stringMatching(TIME),
      last_used_at: expect.stringMatching(TIME),
      current: false,
    });
  });

  it('come in pages', async () => {
    const email = await http.register();
    const logins = [await http.login(email), await http.login(email), await http.login(email)];
    const token = logins[0]?.access_token ?? '';
    const first = (await sessions(token, '?limit=2')).body.data;
    const second = (await sessions(token, `?limit=2&cursor=${first.next_cursor}`)).body.data;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
      logins.map(({ session_id: id }) => id).reverse(),
    );
    expect(second.next_cursor).toBeNull();
  });

  it('end one by one, and only the one', async () => {
    const email = await http.register();
    const [own, other] = [await http.login(email), await http.login(email)];
    const path = `auth/sessions/${other.session_id}`;
    expect((await http.delete(path, { token: own.access_token })).status).toBe(200);
    expect((await http.get('users/me', { token: other.access_token })).body.error?.code).toBe('session_revoked');
    expect((await http.get('users/me', { token: own.access_token })).status).toBe(200);
    expect((await http.delete(path, { token: own.access_token })).body.error?.code).toBe('session_not_found');
  });

  it('of somebody else answer like those that do not exist', async () => {
    const [me, other] = [await http.newcomer(), await http.newcomer()];
    const end = async (id: string) => {
      const { status, body } = await http.delete(`auth/sessions/${id}`, { token: me.access_token });
      return { status, message: body.message, code: body.error?.code };
    };
    const missing = await end('01890000-0000-7000-8000-000000000000');
    expect(missing).toMatchObject({ status: 404, code: 'session_not_found' });
    expect(await end(other.session_id)).toEqual(missing);
    expect(await end('not-an-id')).toEqual(missing);
    expect((await http.get('users/me', { token: other.access_token })).status).toBe(200);
  });
});

describe('logout', () => {
  it('ends this session, its access token and its refresh token', async () => {
    const email = await http.register();
    const [gone, other] = [await http.login(email), await http.login(email)];
    const { status, body } = await http.post('auth/logout', { token: gone.access_token });
    expect([status, body]).toEqual([200, { success: true, message: 'Logged out', data: null }]);
    const me = await http.get('users/me', { token: gone.access_token });
    expect([me.status, me.body.error?.code]).toEqual([401, 'session_revoked']);
    const refresh = await http.post('auth/refresh', { body: { refresh_token: gone.refresh_token } });
    expect([refresh.status, refresh.body.error?.code]).toEqual([401, 'refresh_token_invalid']);
    expect((await http.get('users/me', { token: other.access_token })).status).toBe(200);
  });

  it('many times at once succeeds, or finds the session gone', async () => {
    const { access_token: token } = await http.newcomer();
    const replies = await Promise.all(Array.from({ length: 12 }, () => http.post('auth/logout', { token })));
    const answers = new Set(replies.map(({ status, body }) => body.error?.code ?? status));
    expect(answers).toContain(200);
    expect([...answers].filter((answer) => answer !== 200 && answer !== 'session_revoked')).toEqual([]);
  });

  it('of all ends every session of this user, and of nobody else', async () => {
    const email = await http.register();
    const [first, second, stranger] = [await http.login(email), await http.login(email), await http.newcomer()];
    expect((await http.post('auth/logout-all', { token: first.access_token })).status).toBe(200);
    for (const { access_token: token } of [first, second]) {
      expect((await http.get('users/me', { token })).body.error?.code).toBe('session_revoked');
    }
    expect((await http.get('users/me', { token: stranger.access_token })).status).toBe(200);
  });

  it.each(['logout', 'logout-all', 'change-password'])('needs a token: %s', async (call) => {
    const { status, body } = await http.post(`auth/${call}`, {});
    expect([status, body.error?.code]).toEqual([401, 'token_missing']);
  });
});
