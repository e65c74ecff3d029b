import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { Http, PASSWORD } from '../support/http.js';

describe('two hundred logins at once', () => {
  it('are hashed a few at a time; the rest are sent away within a second, and the server stays awake', async () => {
    const http = new Http((await startApp()).url);
    const { access_token: token } = await http.newcomer();
    const email = await http.register();
    const logins = Array.from({ length: 200 }, async () => {
      const start = performance.now();
      const { status, body, headers } = await http.post('auth/login', { body: { email, password: PASSWORD } });
      return { status, code: body.error?.code, retry: headers.get('retry-after'), ms: performance.now() - start };
    });
    const waits: number[] = [];
    for (let call = 0; call < 10; call += 1) {
      const asked = performance.now();
      expect((await http.get('users/me', { token })).status).toBe(200);
      waits.push(performance.now() - asked);
    }
    const answers = await Promise.all(logins);
    const good = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(good.length).toBeGreaterThan(2);
    expect(refused.length).toBeGreaterThan(2);
    expect(new Set(refused.map(({ status, code, retry }) => `${status} ${code} ${retry}`))).toEqual(
      new Set(['503 unavailable 1']),
    );
    expect(Math.max(...refused.map(({ ms }) => ms))).toBeLessThan(2000);
    expect((await http.login(email)).user.email).toBe(email);
    expect(Math.max(...waits)).toBeLessThan(2000);
  });
});
