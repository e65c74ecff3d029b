import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Http } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { startServer, type Server } from '../support/server.js';
import { connect, openSocket, refusalOf } from '../support/socket.js';

const CANARY = 'kenari-rahasia-4711';

/** Everything the server has kept on disk. */
function stored(server: Server): Buffer {
  return Buffer.concat(readdirSync(server.folder).map((file) => readFileSync(join(server.folder, file))));
}

describe('Secrets', () => {
  it('are found nowhere but where they were sent: not in output, metrics, database or refusals', async () => {
    const server = await startServer({ env: { LOG_LEVEL: 'debug', LOG_FORMAT: 'json' } });
    const http = new Http(server.url);
    const refusals: string[] = [];
    const ann = await newPerson(server, 'ann');
    const { email } = ann;

    refusals.push(JSON.stringify((await http.post('auth/login', { body: { email, password: CANARY } })).body));
    refusals.push(
      JSON.stringify((await http.post('auth/register', { body: { email, password: CANARY, display_name: 'x' } })).body),
    );
    refusals.push(
      JSON.stringify(
        (await http.post('auth/login', { body: { email, password: CANARY, [CANARY]: 1 } })).body,
      ).replaceAll(`"field":"${CANARY}"`, ''),
    );
    refusals.push(JSON.stringify((await http.post('auth/refresh', { body: { refresh_token: CANARY } })).body));
    refusals.push(JSON.stringify((await http.get(`users/me?token=${CANARY}`, { token: CANARY })).body));
    for (const query of [`token=${CANARY}`, `ticket=${CANARY}`]) {
      refusals.push(JSON.stringify((await refusalOf(`${server.wsUrl}?${query}`)).body));
    }

    const renewed = await ann.succeed<{ access_token: string; refresh_token: string }>('POST', 'auth/refresh', {
      refresh_token: ann.refreshToken,
    });
    const { ticket } = await ann.succeed<{ ticket: string }>('POST', 'auth/ws-ticket');
    await openSocket(`${server.wsUrl}?ticket=${ticket}`);
    await openSocket(`${server.wsUrl}?token=${renewed.access_token}`);
    const socket = await connect(server.wsUrl, ann.token);
    refusals.push(JSON.stringify(await socket.request('auth_refresh', { token: CANARY })));
    refusals.push(JSON.stringify(await socket.request('typing_start', { room_id: CANARY })));
    await ann.succeed('POST', 'auth/change-password', {
      current_password: 'ketuk pintu tiga kali',
      new_password: `${CANARY} baru`,
    });

    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const signature = (token: string) => token.split('.').at(-1) as string;
    const secrets = [CANARY, 'ketuk pintu tiga kali', ann.refreshToken, renewed.refresh_token, ticket];
    secrets.push(signature(ann.token), signature(renewed.access_token));
    const places = {
      output: server.output,
      metrics,
      refusals: refusals.join('\n'),
      database: stored(server).toString('latin1'),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length).toBeGreaterThan(100);
      for (const secret of secrets) expect(text.includes(secret), `${secret} in ${place}`).toBe(false);
    }
  });
});
