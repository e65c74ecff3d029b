import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { Http, PASSWORD } from '../support/http.js';

/** Times calls where they arrive: here clients and server share an event loop, and connecting takes most of the time. */
function timeCalls({ app }: TestApp): { path: string; status: number; ms: number }[] {
  const calls: { path: string; status: number; ms: number }[] = [];
  app.getHttpServer().on('request', ({ url: path = '' }: IncomingMessage, response: ServerResponse) => {
    const start = performance.now();
    response.once('finish', () => calls.push({ path, status: response.statusCode, ms: performance.now() - start }));
  });
  return calls;
}

describe('two hundred logins at once', () => {
  it('are hashed a few at a time; the rest are sent away within a second, and the server stays awake', async () => {
    const app = await startApp();
    const http = new Http(app.url);
    const { access_token: token } = await http.newcomer();
    const email = await http.register();
    const calls = timeCalls(app);
    const logins = Array.from({ length: 200 }, () => http.post('auth/login', { body: { email, password: PASSWORD } }));
    for (let call = 0; call < 10; call += 1) expect((await http.get('users/me', { token })).status).toBe(200);
    const answers = await Promise.all(logins);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(answers.length - refused.length).toBeGreaterThan(2);
    expect(refused.length).toBeGreaterThan(2);
    const reasons = refused.map(({ status, body, headers }) => [status, body.error?.code, headers.get('retry-after')]);
    expect(new Set(reasons.map(String))).toEqual(new Set(['503,unavailable,1']));
    const waits = (wanted: number, path: string) =>
      calls.filter((call) => call.status === wanted && call.path.endsWith(path)).map(({ ms }) => ms);
    expect(Math.max(...waits(503, 'auth/login'))).toBeLessThan(1000);
    expect(Math.max(...waits(200, 'users/me'))).toBeLessThan(1000);
    expect((await http.login(email)).user.email).toBe(email);
  });
});
