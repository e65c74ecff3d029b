import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { Http, type LoginData } from '../support/http.js';
import { TestClock } from '../support/test-clock.js';

const minutes = (count: number) => count * 60_000;

describe('what ran out', () => {
  it('is cleared away: sessions, and what they spent', async () => {
    const clock = new TestClock();
    const { app, url } = await startApp({ clock, env: { REFRESH_TOKEN_TTL: '1h' } });
    const http = new Http(url);
    const count = async (table: string) =>
      Number((await app.get(DataSource).query<{ rows: number }[]>(`SELECT COUNT(*) AS rows FROM ${table}`))[0]?.rows);
    const refresh = async (refresh_token: string) =>
      (await http.post<LoginData>('auth/refresh', { body: { refresh_token } })).body.data.refresh_token;
    const [kept, idle] = [await http.newcomer(), await http.newcomer()];
    await refresh(idle.refresh_token);
    let token = await refresh(kept.refresh_token);
    expect([await count('sessions'), await count('spent_refresh_tokens')]).toEqual([2, 2]);
    await clock.advance(minutes(45));
    token = await refresh(token);
    await clock.advance(minutes(35));
    await expect.poll(async () => [await count('sessions'), await count('spent_refresh_tokens')]).toEqual([1, 1]);
    expect(await refresh(token)).toBeTruthy();
  });
});
