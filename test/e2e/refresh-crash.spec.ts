import { request } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Http, type LoginData } from '../support/http.js';
import { type Server, startServer } from '../support/server.js';

/** Rounds of dying; the full measure is 50. */
const ROUNDS = Number(process.env.TEST_CRASH_ROUNDS ?? 4);

/** Sends a refresh and does not wait for its answer, which it never gets. */
function refreshAndForget(url: string, refreshToken: string): void {
  const call = request(`${url}/api/v1/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  call.on('error', () => undefined);
  call.end(JSON.stringify({ refresh_token: refreshToken }));
}

/** Waits until the server has noted that a token was exchanged: after the commit, before the answer. */
async function committed(server: Server): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!server.output.includes('token_rotated')) {
    if (Date.now() > deadline) throw new Error(`no token was exchanged:\n${server.output}`);
    await pause(1);
  }
}

describe('a server that is killed while it exchanges a refresh token', () => {
  it(`lets the client go on with the token it has, ${ROUNDS} times`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hadir-crash-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = {
      DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}`,
      JWT_SECRET: 'a secret that outlives the process, surely',
      SEED_DEMO: 'false',
    };
    let server = await startServer({ env });
    let login: LoginData = await new Http(server.url).newcomer();
    for (let round = 0; round < ROUNDS; round += 1) {
      refreshAndForget(server.url, login.refresh_token);
      if (round % 2 === 0) await committed(server);
      else await pause(round * 2);
      server.kill('SIGKILL');
      await server.exited;
      server = await startServer({ env });
      const body = { refresh_token: login.refresh_token };
      const reply = await new Http(server.url).post<LoginData>('auth/refresh', { body });
      expect([round, reply.status, reply.body.error?.code]).toEqual([round, 200, undefined]);
      login = reply.body.data;
      const me = await new Http(server.url).get('users/me', { token: login.access_token });
      expect(me.status).toBe(200);
    }
  }, 180_000);
});
