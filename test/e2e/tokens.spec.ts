import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { badTokens } from '../support/bad-tokens.js';
import { Http } from '../support/http.js';
import { trap } from '../support/trap.js';

const SECRET = 'the secret of these tests, which is long enough';

describe('REST', () => {
  it('refuses every kind of bad token with 401 token_invalid, and asks nobody about it', async () => {
    const http = new Http((await startApp({ env: { JWT_SECRET: SECRET } })).url);
    const { user, session_id } = await http.newcomer();
    const { url, visits } = await trap();
    const now = Math.floor(Date.now() / 1000);
    const answers: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [what, token] of Object.entries(
      badTokens({ secret: SECRET, userId: user.id, sessionId: session_id, now }, url),
    )) {
      const { status, body, headers } = await http.get('users/me', { token });
      answers[what] = [status, body.error?.code, headers.get('www-authenticate')];
      expected[what] = [401, 'token_invalid', 'Bearer error="invalid_token"'];
    }
    expect(answers).toEqual(expected);
    expect(visits()).toBe(0);
  });

  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['a scheme alone', { authorization: 'Bearer' }],
    ['a cookie', { cookie: 'token=x; access_token=x' }],
  ])('asks for a token where there is none: %s', async (_what, headers) => {
    const http = new Http((await startApp()).url);
    const reply = await http.get('users/me', { headers });
    expect([reply.status, reply.body.error?.code]).toEqual([401, 'token_missing']);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('does not look for a token in the query or in the body', async () => {
    const http = new Http((await startApp()).url);
    const { access_token: token } = await http.newcomer();
    expect((await http.get(`users/me?token=${token}&access_token=${token}`)).body.error?.code).toBe('token_missing');
    expect((await http.post('auth/logout', { body: { access_token: token } })).body.error?.code).toBe('token_missing');
  });

  it('takes an access token, a refresh token and a ticket each in its own place only', async () => {
    const http = new Http((await startApp()).url);
    const { access_token, refresh_token } = await http.newcomer();
    const { ticket } = (await http.post<{ ticket: string }>('auth/ws-ticket', { token: access_token })).body.data;
    const bearer = async (token: string) => (await http.get('users/me', { token })).body.error?.code;
    const exchange = async (token: string) =>
      (await http.post('auth/refresh', { body: { refresh_token: token } })).body.error?.code;
    expect(await bearer(refresh_token)).toBe('token_invalid');
    expect(await bearer(ticket)).toBe('token_invalid');
    expect(await exchange(access_token)).toBe('refresh_token_invalid');
    expect(await exchange(ticket)).toBe('refresh_token_invalid');
    expect(await bearer(access_token)).toBeUndefined();
    expect(await exchange(refresh_token)).toBeUndefined();
  });
});
