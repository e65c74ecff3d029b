import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hadir } from '../support/cli.js';
import { databaseKinds } from '../support/databases.js';
import { Http, PASSWORD } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { namespace, redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';
import { startServer } from '../support/server.js';
import { connect } from '../support/socket.js';

const SECRET = { JWT_SECRET: 'a secret of the tests, of no use to anybody' };

function onFile(): Record<string, string> {
  const path = mkdtempSync(join(tmpdir(), 'hadir-reset-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return { DATABASE_URL: `sqlite:${join(path, 'hadir.db')}`, ...SECRET };
}

describe('hadir reset-password', () => {
  it.for(databaseKinds)('takes the place of the old one on $name, and ends all sessions', async (kind, context) => {
    need(context, kind.missing ?? kind.name, kind.missing ? undefined : true);
    const env = { DATABASE_URL: await kind.create(), ...SECRET, LOG_FORMAT: 'json' };
    const server = await startServer({ env });
    const http = new Http(server.url);
    const [ani, budi] = [await newPerson(server, 'ani'), await newPerson(server, 'budi')];
    const { code, out, errors } = await hadir(['reset-password', ani.email], env);
    expect(code, errors).toBe(0);
    expect(out).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}\n$/);
    const password = out.trim();
    expect(errors).not.toContain(password);
    expect(errors).toMatch(/"event":"password_reset"/);
    expect((await http.post('auth/login', { body: { email: ani.email, password: PASSWORD } })).status).toBe(401);
    for (const path of ['users/me', 'auth/sessions']) expect((await ani.call('GET', path)).status).toBe(401);
    expect((await budi.call('GET', 'users/me')).status).toBe(200);
    const { access_token: token } = await http.login(ani.email, password);
    const change = { current_password: password, new_password: 'pintu biru di ujung gang' };
    expect((await http.post('auth/change-password', { token, body: change })).status).toBe(200);
    const again = await hadir(['reset-password', ani.id], env);
    expect(again.out.trim()).not.toBe(password);
  });

  it('closes the sockets on every node, and knows who there is', async (context) => {
    const space = await namespace(need(context, 'TEST_REDIS_URL', redisKinds[0]?.url));
    const env = { ...onFile(), REDIS_URL: space.url, REDIS_PREFIX: space.prefix };
    const [one, other] = [await startServer({ env }), await startServer({ env })];
    const ani = await newPerson(one, 'ani');
    const sockets = [await connect(one.wsUrl, ani.token), await connect(other.wsUrl, ani.token)];
    expect(await hadir(['reset-password', ani.email], env)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^[a-z2-9-]{23}\n$/),
      errors: expect.stringContaining('No socket'),
    });
    for (const socket of sockets) await expect.poll(() => socket.closed?.code, { timeout: 1000 }).toBe(4500);
    const nobody = await hadir(['reset-password', 'nobody@example.com'], env);
    expect(nobody).toMatchObject({ code: 1, out: '', errors: expect.stringContaining('no user nobody') });
  });
});
