import { describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { Http } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { connect, refusalOf } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE = 60_000;
/** Ends in the middle of the third access token. */
const AGE = 37.5 * MINUTE;

interface Login {
  access_token: string;
  refresh_token: string;
  expires_at: string;
}

async function start(env: Record<string, string>) {
  const clock = new TestClock();
  const app = await startApp({ clock, env: { HEARTBEAT_INTERVAL: '10m', ...env } });
  return { clock, app, ann: await newPerson(app, 'ann') };
}

const socketsOf = (app: TestApp, ...tokens: string[]) => Promise.all(tokens.map((token) => connect(app.wsUrl, token)));

describe('A session that reaches its age', () => {
  it('takes its socket along with 4500, however often it was refreshed, and answers 401 from then on', async () => {
    const { clock, app, ann } = await start({ SESSION_MAX_AGE: `${AGE}ms` });
    const endsAt = new Date(clock.now() + AGE).toISOString();
    const [socket, forgetful] = await socketsOf(app, ann.token, ann.token);
    let login: Login = { access_token: ann.token, refresh_token: ann.refreshToken, expires_at: '' };
    for (const minutes of [14, 14]) {
      await clock.advance(minutes * MINUTE);
      login = await ann.succeed<Login>('POST', 'auth/refresh', { refresh_token: login.refresh_token });
      await socket!.request('auth_refresh', { token: login.access_token });
    }
    expect(login.expires_at).toBe(endsAt);
    expect(await forgetful!.ended()).toMatchObject({ code: 4001 });
    await clock.advance(9 * MINUTE);
    const last = await ann.succeed<Login>('POST', 'auth/refresh', { refresh_token: login.refresh_token });
    expect(last.expires_at).toBe(endsAt);
    expect(await socket!.request('auth_refresh', { token: last.access_token })).toMatchObject({
      type: 'ack',
      data: { expires_at: endsAt },
    });
    expect(socket!.closed).toBeUndefined();
    await clock.advance(0.6 * MINUTE);
    expect(await socket!.ended()).toMatchObject({ code: 4500 });
    const { status, body } = await new Http(app.url).post('auth/refresh', {
      body: { refresh_token: last.refresh_token },
    });
    expect([status, body.error?.code]).toEqual([401, 'refresh_token_invalid']);
    expect((await refusalOf(app.wsUrl, { headers: { authorization: `Bearer ${last.access_token}` } })).status).toBe(
      401,
    );
  });
});

describe('A login too many', () => {
  it('ends the session that was not used for longest, and its socket with 4500', async () => {
    const { clock, app, ann } = await start({ MAX_SESSIONS_PER_USER: '2' });
    await clock.advance(1000);
    const other = await ann.elsewhere(app.url);
    await clock.advance(1000);
    await ann.succeed('POST', 'auth/refresh', { refresh_token: ann.refreshToken });
    const [kept, ended] = await socketsOf(app, ann.token, other.token);
    await clock.advance(1000);
    const third = await ann.elsewhere(app.url);
    expect(await ended!.ended()).toMatchObject({ code: 4500 });
    await kept!.settled();
    const [own] = await socketsOf(app, third.token);
    await own!.settled();
    const { body } = await new Http(app.url).get('users/me', { token: other.token });
    expect(body.error?.code).toBe('session_revoked');
  });
});
