import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrations } from '../../src/database/migrations.js';
import { hadir } from '../support/cli.js';
import { databaseKinds } from '../support/databases.js';
import { Http } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { namespace, redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';
import { startServer } from '../support/server.js';
import { connect } from '../support/socket.js';

const SECRET = { JWT_SECRET: 'a secret of the tests, of no use to anybody' };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hadir-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('hadir', () => {
  it('exits with 2 and says how it is called where it is called wrongly', async () => {
    expect(await hadir([])).toMatchObject({ code: 2, errors: expect.stringContaining('usage: hadir COMMAND') });
    expect(await hadir(['doctor', '--yes'])).toMatchObject({ code: 2, errors: expect.stringContaining('--yes') });
    expect(await hadir(['revoke-user'])).toMatchObject({ code: 2, errors: expect.stringContaining('EMAIL|ID') });
    expect(await hadir(['help'])).toMatchObject({ code: 0, out: expect.stringContaining('create-admin EMAIL') });
  });
});

describe.each(databaseKinds)('hadir on $name', ({ create, missing, name }) => {
  it('migrates an empty database once, and doctor sees both states', async (context) => {
    need(context, missing ?? name, missing ? undefined : true);
    const env = { DATABASE_URL: await create(), ...SECRET };
    const all = migrations.length;
    const toTake = new RegExp(`not there yet|${all} steps of its tables are to be taken`);
    expect((await hadir(['doctor'], env)).out).toMatch(toTake);
    expect(await hadir(['migrate'], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${all} applied, 0 were`),
    });
    expect(await hadir(['migrate'], env)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`0 applied, ${all} were`),
    });
    const { code, out } = await hadir(['doctor', '--json'], env);
    const { findings } = JSON.parse(out) as { findings: { check: string; level: string; found: string }[] };
    expect(code, out).toBe(0);
    expect(findings.find(({ found }) => found.includes('up to date'))?.level).toBe('ok');
    expect(findings.find(({ found }) => found.includes('no administrator'))?.level).toBe('warn');
    expect(findings.find(({ check }) => check === 'clock')?.level).toBe('ok');
  });

  it('makes an administrator with a password from standard input, who can log in', async (context) => {
    need(context, missing ?? name, missing ? undefined : true);
    const env = { DATABASE_URL: await create(), ...SECRET };
    const args = ['create-admin', 'Root@example.com'];
    expect(await hadir(args, env, 'password\n')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('everybody'),
    });
    expect(await hadir(args, env, 'sebuah sandi yang panjang\n')).toMatchObject({ code: 0 });
    expect(await hadir(args, env, 'sebuah sandi lain lagi\n')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('--promote'),
    });
    const server = await startServer({ env });
    const { user } = await new Http(server.url).login('root@example.com', 'sebuah sandi yang panjang');
    expect(user.role).toBe('admin');
  });
});

describe('hadir create-admin --promote', () => {
  it('makes an administrator of an account that there is, and of no other', async () => {
    const env = { DATABASE_URL: `sqlite:${join(folder(), 'hadir.db')}`, ...SECRET };
    const server = await startServer({ env });
    const person = await newPerson(server, 'ani');
    expect(await hadir(['create-admin', person.email, '--promote'], env)).toMatchObject({ code: 0 });
    expect((await person.call('GET', 'admin/users')).status).toBe(200);
    expect(await hadir(['create-admin', 'nobody@example.com', '--promote'], env)).toMatchObject({ code: 1 });
  });
});

describe('hadir revoke-user', () => {
  it.for(redisKinds)(
    'closes the sockets on both nodes within a second, on $name',
    async ({ variable, url }, context) => {
      const space = await namespace(need(context, variable, url));
      const shared = { DATABASE_URL: `sqlite:${join(folder(), 'hadir.db')}`, ...SECRET };
      const env = { ...shared, REDIS_URL: space.url, REDIS_PREFIX: space.prefix };
      const [one, other] = [await startServer({ env }), await startServer({ env })];
      const [ani, budi] = [await newPerson(one, 'ani'), await newPerson(one, 'budi')];
      const sockets = [await connect(one.wsUrl, ani.token), await connect(other.wsUrl, ani.token)];
      const bystander = await connect(other.wsUrl, budi.token);
      expect(await hadir(['revoke-user', ani.email], env)).toMatchObject({
        code: 0,
        out: expect.stringContaining('No socket'),
      });
      for (const socket of sockets) await expect.poll(() => socket.closed?.code, { timeout: 1000 }).toBe(4500);
      expect(await bystander.request('ping')).toMatchObject({ type: 'pong' });
      expect((await ani.call('GET', 'users/me')).status).toBe(401);
    },
  );

  it('says, without Redis, that nodes refuse requests at once and close sockets later, unless they are told', async () => {
    const env = { DATABASE_URL: `sqlite:${join(folder(), 'hadir.db')}`, ...SECRET };
    const server = await startServer({ env });
    const ani = await newPerson(server, 'ani');
    const socket = await connect(server.wsUrl, ani.token);
    const end = await hadir(['revoke-user', ani.id, '--disable'], { ...env, ACCESS_TOKEN_TTL: '7m' });
    expect(end).toMatchObject({ code: 0, errors: expect.stringContaining('up to 7 min (ACCESS_TOKEN_TTL)') });
    expect(end.errors).toMatch(/REDIS_URL is not set here[^]*run this once more with their REDIS_URL and REDIS_PREFIX/);
    expect((await ani.call('GET', 'users/me')).status).toBe(403);
    expect(socket.closed).toBeUndefined();
    expect(await hadir(['revoke-user', 'nobody@example.com'], env)).toMatchObject({ code: 1 });
  });

  it('closes what a run without the Redis of the nodes has left open', async (context) => {
    const space = await namespace(need(context, 'TEST_REDIS_URL', redisKinds[0]?.url));
    const env = { DATABASE_URL: `sqlite:${join(folder(), 'hadir.db')}`, ...SECRET };
    const shared = { ...env, REDIS_URL: space.url, REDIS_PREFIX: space.prefix };
    const [one, other] = [await startServer({ env: shared }), await startServer({ env: shared })];
    const ani = await newPerson(one, 'ani');
    const sockets = [await connect(one.wsUrl, ani.token), await connect(other.wsUrl, ani.token)];
    expect((await hadir(['revoke-user', ani.email], env)).errors).toContain('no running node is told');
    await Promise.all(sockets.map((socket) => socket.settled()));
    expect(await hadir(['revoke-user', ani.email], shared)).toMatchObject({ code: 0 });
    for (const socket of sockets) await expect.poll(() => socket.closed?.code, { timeout: 1000 }).toBe(4500);
  });
});

describe('hadir rotate-secret', () => {
  it('prints a new secret alone on standard output', async () => {
    const [one, other] = [await hadir(['rotate-secret']), await hadir(['rotate-secret'])];
    expect(one).toMatchObject({ code: 0, out: expect.stringMatching(/^[\w-]{64}\n$/) });
    expect(one.out).not.toBe(other.out);
    expect(one.errors).toContain('once ACCESS_TOKEN_TTL (15 min) has passed');
    const wrong = await hadir(['rotate-secret'], { ACCESS_TOKEN_TTL: 'soon' });
    expect(wrong).toMatchObject({ code: 1, out: '', errors: expect.stringContaining('ACCESS_TOKEN_TTL must be') });
  });

  it('takes the three steps in files, in their order only', async () => {
    const path = folder();
    const [current, previous] = [join(path, 'jwt'), join(path, 'previous')];
    writeFileSync(current, SECRET.JWT_SECRET);
    const env = { ACCESS_TOKEN_TTL: '2h' };
    const step = (name: string) =>
      hadir(['rotate-secret', '--step', name, '--secret-file', current, '--previous-file', previous], env);
    const held = () => [current, previous].map((file) => readFileSync(file, 'utf8'));
    expect(await step('switch')).toMatchObject({ code: 1, errors: expect.stringContaining('announce comes first') });
    expect(await step('announce')).toMatchObject({ code: 0 });
    const [, next] = held();
    expect(held()).toEqual([SECRET.JWT_SECRET, expect.stringMatching(/^[\w-]{64}$/)]);
    expect(await step('announce')).toMatchObject({ code: 1 });
    expect(await step('switch')).toMatchObject({ code: 0, out: expect.stringContaining('(120 min) has passed') });
    expect(held()).toEqual([next, SECRET.JWT_SECRET]);
    expect(await step('forget')).toMatchObject({ code: 0 });
    expect(held()).toEqual([next, '']);
  });
});

describe('hadir doctor', () => {
  const file = () => ({ DATABASE_URL: `sqlite:${join(folder(), 'hadir.db')}` });

  it('names every bad setting and exits with 1', async () => {
    const { code, out } = await hadir(['doctor'], { ...file(), NODE_ENV: 'production', PORT: 'x' });
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL {2}configuration {2}PORT[^]*FAIL {2}configuration {2}JWT_SECRET is required/);
  });

  it('fails on servers that do not answer and on proxies that are everybody, and shows no password', async () => {
    const down = {
      DATABASE_URL: 'mariadb://hadir:geheim@127.0.0.1:1/hadir',
      REDIS_URL: 'redis://u:geheim@127.0.0.1:1',
    };
    const { code, out } = await hadir(['doctor'], { ...down, ...SECRET, TRUSTED_PROXIES: '0.0.0.0/0' });
    expect(code).toBe(1);
    for (const check of ['database', 'redis', 'proxy headers']) expect(out).toMatch(new RegExp(`FAIL  ${check} `));
    expect(out).not.toContain('geheim');
  });

  it('warns of example and plain origins in production, and of too few files', async () => {
    const env = { ...file(), ...SECRET, NODE_ENV: 'production', MAX_CONNECTIONS: '1000000' };
    const { code, out } = await hadir(['doctor'], env);
    expect(code).toBe(0);
    expect(out).toMatch(
      /warn {2}proxy headers[^]*warn {2}origins +https:\/\/yourapp.com[^]*warn {2}tokens +WS_QUERY_TOKEN is on[^]*warn {2}file limits/,
    );
    expect((await hadir(['doctor'], { ...env, WS_QUERY_TOKEN: 'ticket-only' })).out).toMatch(
      /ok {4}tokens +WS_QUERY_TOKEN is ticket-only/,
    );
  });

  it.for(redisKinds)('looks at $name: version, rights and clock', async ({ variable, url }, context) => {
    const space = await namespace(need(context, variable, url));
    const { out } = await hadir(['doctor'], { ...file(), REDIS_URL: space.url, REDIS_PREFIX: space.prefix });
    expect(out).toMatch(/ok {4}redis +redis:.* version [7-9]\.[^]*ok {4}redis +this user may run scripts/);
    expect(out).toMatch(/ok {4}clock +within 1 s of that of Redis/);
  });

  it('sees the running server as a client does', async () => {
    const server = await startServer();
    const { code, out } = await hadir(['doctor', '--url', server.url], file());
    expect(code, out).toBe(0);
    expect(out).toMatch(
      /is live[^]*it is ready[^]*upgrades to WebSocket reach it[^]*\/metrics answers without a token/,
    );
    await server.stop();
    expect(await hadir(['doctor', '--url', server.url], file())).toMatchObject({ code: 1 });
  });
});
