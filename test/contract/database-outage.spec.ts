import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { databaseKinds } from '../support/databases.js';
import { Http, PASSWORD, type Reply } from '../support/http.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const servers = databaseKinds.filter(({ name }) => name !== 'SQLite');

function expectUnavailable({ status, body, headers }: Reply): void {
  expect([status, body.error?.code]).toEqual([503, 'unavailable']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

/** Asks again until it is answered well, and says how long that took. */
async function untilGood(ask: () => Promise<Reply>, withinMs: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    const { status } = await ask();
    const ms = performance.now() - start;
    if (status === 200) return ms;
    if (ms > withinMs) throw new Error(`still ${status} after ${ms} ms`);
  }
}

describe('a database that takes no writes', () => {
  it('makes them unavailable, while reading goes on', async () => {
    const { app, url } = await startApp();
    const http = new Http(url);
    const { access_token: token, user } = await http.newcomer();
    await app.get(DataSource).query('PRAGMA query_only = ON');
    expectUnavailable(await http.post('auth/login', { body: { email: user.email, password: PASSWORD } }));
    expect((await http.get('users/me', { token })).status).toBe(200);
    await app.get(DataSource).query('PRAGMA query_only = OFF');
    expect((await http.login(user.email)).user.id).toBe(user.id);
  });
});

describe.each(servers)('a $name that is gone', ({ missing, create }) => {
  it.skipIf(missing)(
    'makes login and refresh unavailable within 3 s, never 401, and they are back within 5 s of its return',
    async () => {
      const proxy = await TcpProxy.before(await create());
      // Logins that could not be judged are no guesses: with two allowed, the owner still gets in afterwards.
      const env = { DATABASE_URL: proxy.url, RATE_LIMIT_LOGIN_ACCOUNT: '2/1h' };
      const http = new Http((await startApp({ env })).url);
      const { user, refresh_token, access_token: token } = await http.newcomer();
      const login = () => http.post('auth/login', { body: { email: user.email, password: PASSWORD } });
      proxy.down();
      for (let turn = 0; turn < 3; turn += 1) {
        const start = performance.now();
        expectUnavailable(await login());
        expectUnavailable(await http.post('auth/refresh', { body: { refresh_token } }));
        expectUnavailable(await http.get('users/me', { token }));
        expect(performance.now() - start).toBeLessThan(9000);
      }
      proxy.up();
      expect(await untilGood(login, 5000)).toBeLessThan(5000);
      expect((await http.post('auth/refresh', { body: { refresh_token } })).status).toBe(200);
    },
    60_000,
  );
});
