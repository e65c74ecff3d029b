import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { ADMIN, ADMIN_ENV, Http, PASSWORD } from '../support/http.js';

/** Samples of each kind; timing-sensitive runs set more, such as 200. */
const SAMPLES = Number(process.env.TEST_TIMING_SAMPLES ?? 15);
/** How far the times may be apart, of the larger; generous where samples are few and the machine is shared. */
const GAP = SAMPLES >= 200 ? 0.05 : 0.3;

let app: TestApp;
let http: Http;
const attempts: Record<string, { email: string; password: string }> = {};
beforeAll(async () => {
  app = await startApp({ env: ADMIN_ENV });
  http = new Http(app.url);
  const [known, disabled] = [await http.newcomer(), await http.newcomer()];
  const { access_token: token } = await http.login(ADMIN.email, ADMIN.password);
  await http.patch(`admin/users/${disabled.user.id}`, { token, body: { disabled: true } });
  attempts['wrong password'] = { email: known.user.email, password: 'wrong password' };
  attempts['unknown user'] = { email: 'nobody@example.com', password: 'wrong password' };
  attempts['disabled, right password'] = { email: disabled.user.email, password: PASSWORD };
  attempts['disabled, wrong password'] = { email: disabled.user.email, password: 'wrong password' };
});
afterAll(() => app.close());

/** What three quarters of them are above: who is busy beside it makes some of them longer and none shorter. */
function undisturbed(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)] ?? 0;
}

describe('a refused login', () => {
  it('looks the same whatever the reason: status, headers and body', async () => {
    const seen = [];
    for (const body of Object.values(attempts)) {
      const headers = { 'x-request-id': 'same' };
      const reply = await http.post('auth/login', { body, headers });
      const kept = [...reply.headers].filter(([name]) => name !== 'date');
      seen.push(JSON.stringify([reply.status, kept, reply.body]));
    }
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toContain('invalid_credentials');
  });

  it(`takes as long whatever the reason (${SAMPLES} samples each, interleaved)`, async () => {
    const times: Record<string, number[]> = {};
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      for (const [reason, body] of Object.entries(attempts)) {
        const start = performance.now();
        await http.post('auth/login', { body });
        (times[reason] ??= []).push(performance.now() - start);
      }
    }
    const usual = Object.values(times).map(undisturbed);
    const [least, most] = [Math.min(...usual), Math.max(...usual)];
    expect((most - least) / most, JSON.stringify(usual)).toBeLessThan(GAP);
  }, 120_000);
});
