import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startApp } from '../support/app.js';
import { Http, type LoginData } from '../support/http.js';
import { TestClock } from '../support/test-clock.js';

let clock: TestClock;
let http: Http;
let login: LoginData;
beforeEach(async () => {
  clock = new TestClock();
  http = new Http((await startApp({ clock, env: { REFRESH_TOKEN_TTL: '1h' } })).url);
  login = await http.newcomer();
});

const refresh = (token: string) => http.post<LoginData>('auth/refresh', { body: { refresh_token: token } });
const code = async (token: string) => (await refresh(token)).body.error?.code;
const minutes = (count: number) => count * 60_000;

describe('a refresh token', () => {
  it('is exchanged for a new one of the same session', async () => {
    const { status, body } = await refresh(login.refresh_token);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ session_id: login.session_id, user: login.user, token_type: 'Bearer' });
    expect(body.data.refresh_token).not.toBe(login.refresh_token);
    expect(body.data.access_token).not.toBe(login.access_token);
    expect((await http.get('users/me', { token: body.data.access_token })).status).toBe(200);
  });

  it('gives the same successor to twenty who ask at once', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => refresh(login.refresh_token)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map(({ body }) => body.data.refresh_token)).size).toBe(1);
    expect((await refresh(replies[0]?.body.data.refresh_token ?? '')).status).toBe(200);
  });

  it('answers with the same successor for ten seconds after it was spent', async () => {
    const { refresh_token: successor } = (await refresh(login.refresh_token)).body.data;
    await clock.advance(10_000);
    expect((await refresh(login.refresh_token)).body.data.refresh_token).toBe(successor);
  });

  it('has the same successor after the secret was changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hadir-refresh-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [before, after] = ['the secret that was there before this one', 'the secret that comes after that one'];
    const DATABASE_URL = `sqlite:${join(folder, 'hadir.db')}`;
    const first = await startApp({ clock, env: { DATABASE_URL, JWT_SECRET: before } });
    const old = new Http(first.url);
    const body = { refresh_token: (await old.newcomer()).refresh_token };
    const given = (await old.post<LoginData>('auth/refresh', { body })).body.data.refresh_token;
    await first.close();
    const env = { DATABASE_URL, JWT_SECRET: after, JWT_SECRET_PREVIOUS: before };
    const changed = new Http((await startApp({ clock, env })).url);
    const again = (await changed.post<LoginData>('auth/refresh', { body })).body.data.refresh_token;
    expect(again).toBe(given);
    expect((await changed.post('auth/refresh', { body: { refresh_token: again } })).status).toBe(200);
  });

  it('that comes back after the grace ends the whole session', async () => {
    const { refresh_token: successor, access_token: token } = (await refresh(login.refresh_token)).body.data;
    await clock.advance(10_001);
    const reused = await refresh(login.refresh_token);
    expect([reused.status, reused.body.error?.code]).toEqual([401, 'refresh_token_reused']);
    expect((await http.get('users/me', { token })).body.error?.code).toBe('session_revoked');
    expect(await code(successor)).toBe('refresh_token_invalid');
    expect(await code(login.refresh_token)).toBe('refresh_token_reused');
  });

  it('that comes back many times at once is a copy to nobody less than to the first', async () => {
    await refresh(login.refresh_token);
    await clock.advance(10_001);
    const replies = await Promise.all(Array.from({ length: 12 }, () => refresh(login.refresh_token)));
    const answers = new Set(replies.map(({ status, body }) => `${status} ${body.error?.code}`));
    expect([...answers]).toEqual(['401 refresh_token_reused']);
  });

  it('of long ago ends it just the same', async () => {
    let newest = login.refresh_token;
    for (let turn = 0; turn < 3; turn += 1) {
      await clock.advance(minutes(10));
      newest = (await refresh(newest)).body.data.refresh_token;
    }
    expect(await code(login.refresh_token)).toBe('refresh_token_reused');
    expect(await code(newest)).toBe('refresh_token_invalid');
  });

  it('keeps its session alive for as long as it is used, and no longer', async () => {
    await clock.advance(minutes(59));
    const { refresh_token: successor } = (await refresh(login.refresh_token)).body.data;
    await clock.advance(minutes(59));
    const { refresh_token: last } = (await refresh(successor)).body.data;
    await clock.advance(minutes(60));
    expect(await code(last)).toBe('refresh_token_invalid');
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(4096)])('that nobody issued is refused: %#', async (token) => {
    const { status, body } = await refresh(token);
    expect([status, body.error?.code]).toEqual([401, 'refresh_token_invalid']);
  });

  it.each([[{}], [{ refresh_token: 7 }], [{ refresh_token: null }], [{ refresh_token: 'A'.repeat(4097) }]])(
    'has to be a text: %#',
    async (body) => {
      expect((await http.post('auth/refresh', { body })).body.error?.code).toBe('validation_failed');
    },
  );
});

describe('an access token', () => {
  it('expires, while its session can be refreshed', async () => {
    await clock.advance(minutes(15) - 1);
    expect((await http.get('users/me', { token: login.access_token })).status).toBe(200);
    await clock.advance(1);
    const { status, body, headers } = await http.get('users/me', { token: login.access_token });
    expect([status, body.error?.code]).toEqual([401, 'token_expired']);
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect((await refresh(login.refresh_token)).status).toBe(200);
  });
});
