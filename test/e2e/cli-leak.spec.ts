import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atTerminal } from '../support/at-terminal.js';
import { hadir } from '../support/cli.js';
import { databaseKinds } from '../support/databases.js';
import { Http } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { namespace, redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';
import { startServer } from '../support/server.js';
import { clockAhead } from '../support/shifted-clock.js';
import { connect } from '../support/socket.js';

const SECRET = { JWT_SECRET: 'a secret of the tests, of no use to anybody' };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hadir-leak-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const onFile = () => ({ DATABASE_URL: `sqlite:${join(folder(), 'hadir.db')}`, ...SECRET });

describe('hadir end-sessions', () => {
  it.for(redisKinds)('logs everybody out on both nodes within a second, on $name', async (kind, context) => {
    const space = await namespace(need(context, kind.variable, kind.url));
    const env = { ...onFile(), REDIS_URL: space.url, REDIS_PREFIX: space.prefix };
    const [one, other] = [await startServer({ env }), await startServer({ env })];
    const people = [await newPerson(one, 'ani'), await newPerson(one, 'budi'), await newPerson(other, 'cici')];
    const sockets = await Promise.all(
      people.flatMap(({ token }) => [one, other].map(({ wsUrl }) => connect(wsUrl, token))),
    );
    const end = await hadir(['end-sessions', '--yes'], env);
    expect(end, end.errors).toMatchObject({ code: 0, out: expect.stringContaining('3 users') });
    expect(end.out).toContain('No socket of theirs is open');
    for (const socket of sockets) await expect.poll(() => socket.closed?.code, { timeout: 1000 }).toBe(4500);
    for (const person of people) {
      expect((await person.call('GET', 'users/me')).status).toBe(401);
      const refresh = await person.call('POST', 'auth/refresh', { body: { refresh_token: person.refreshToken } });
      expect(refresh.body.error?.code).toBe('refresh_token_invalid');
      await new Http(one.url).login(person.email);
    }
  });

  it('closes what a run without the Redis of the nodes has left open', async (context) => {
    const space = await namespace(need(context, 'TEST_REDIS_URL', redisKinds[0]?.url));
    const alone = onFile();
    const env = { ...alone, REDIS_URL: space.url, REDIS_PREFIX: space.prefix };
    const server = await startServer({ env });
    const ani = await newPerson(server, 'ani');
    const socket = await connect(server.wsUrl, ani.token);
    const told = await hadir(['end-sessions', '--yes'], { ...alone, ACCESS_TOKEN_TTL: '7m' });
    expect(told).toMatchObject({ code: 0, errors: expect.stringContaining('up to 7 min (ACCESS_TOKEN_TTL)') });
    await socket.settled();
    const back = await ani.elsewhere(server.url);
    expect(await hadir(['end-sessions', '--yes'], env)).toMatchObject({ code: 0 });
    await expect.poll(() => socket.closed?.code, { timeout: 1000 }).toBe(4500);
    expect((await back.call('GET', 'users/me')).status).toBe(401);
  });

  it('says which sockets a node does not close, whatever time it is here', async (context) => {
    const space = await namespace(need(context, 'TEST_REDIS_URL', redisKinds[0]?.url));
    const env = { ...onFile(), REDIS_URL: space.url, REDIS_PREFIX: space.prefix };
    const server = await startServer({ env });
    await connect(server.wsUrl, (await newPerson(server, 'ani')).token);
    server.kill('SIGSTOP');
    const end = await hadir(['end-sessions', '--yes'], { ...env, ...clockAhead(-300_000) });
    server.kill('SIGCONT');
    expect(end).toMatchObject({ code: 1, errors: expect.stringContaining('1 sockets are still open after 3 s') });
  });

  it('ends those of one user, and leaves the others alone', async () => {
    const env = onFile();
    const server = await startServer({ env });
    const [ani, budi] = [await newPerson(server, 'ani'), await newPerson(server, 'budi')];
    expect(await hadir(['end-sessions', '--user', ani.email, '--yes'], env)).toMatchObject({ code: 0 });
    expect((await ani.call('GET', 'users/me')).status).toBe(401);
    expect((await budi.call('GET', 'users/me')).status).toBe(200);
    const nobody = await hadir(['end-sessions', '--user', 'nobody@example.com', '--yes'], env);
    expect(nobody).toMatchObject({ code: 1, errors: expect.stringContaining('no user nobody') });
  });

  it('does nothing until somebody has said yes', async (context) => {
    const env = onFile();
    const server = await startServer({ env });
    const ani = await newPerson(server, 'ani');
    const status = async () => (await ani.call('GET', 'users/me')).status;
    expect(await hadir(['end-sessions'], env, 'yes\n')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/--yes/),
    });
    for (const typed of ['y\r', 'no\r', '\u0003', '\u0004']) {
      const { code, seen } = await atTerminal(context, 'end-sessions', env, [typed]);
      expect(code, seen).toBe(1);
      expect(seen).toContain('Nothing was done');
    }
    expect(await status()).toBe(200);
    expect((await atTerminal(context, 'end-sessions', env, ['yes\r'])).code).toBe(0);
    expect(await status()).toBe(401);
  });
});

describe('hadir backup', () => {
  it('copies the database of a running server into one file, from which a server starts', async () => {
    const env = onFile();
    const server = await startServer({ env });
    const ani = await newPerson(server, 'ani');
    const names = Array.from({ length: 40 }, (_, at) => `room ${at}`);
    const writing = Promise.all(names.map((name) => ani.succeed('POST', 'rooms', { name })));
    const file = join(folder(), 'copy.db');
    const end = await hadir(['backup', file], env);
    expect(end, end.errors).toMatchObject({ code: 0, out: expect.stringContaining('was found whole') });
    await writing;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect([`${file}-wal`, `${file}-shm`, `${file}-journal`].filter((path) => existsSync(path))).toEqual([]);
    const copied = await startServer({ env: { ...SECRET, DATABASE_URL: `sqlite:${file}` } });
    expect((await new Http(copied.url).login(ani.email)).user.id).toBe(ani.id);
    expect((await ani.call('GET', 'users/me')).status).toBe(200);
  });

  it('overwrites nothing, and leaves nothing behind where it fails', async () => {
    const env = onFile();
    const path = folder();
    const file = join(path, 'precious');
    writeFileSync(file, '');
    expect(await hadir(['backup', file], env)).toMatchObject({ code: 1, errors: expect.stringMatching(/no database/) });
    expect((await hadir(['migrate'], env)).code).toBe(0);
    expect(await hadir(['backup', file], env)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/there already/),
    });
    expect(readFileSync(file, 'utf8')).toBe('');
    expect(await hadir(['backup', join(path, 'no', 'such', 'folder')], env)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/ENOENT/),
    });
    const broken = join(path, 'broken.db');
    writeFileSync(broken, 'this is no database at all, however long it may be '.repeat(100));
    const copy = join(path, 'copy.db');
    expect((await hadir(['backup', copy], { ...env, DATABASE_URL: `sqlite:${broken}` })).code).toBe(1);
    expect(existsSync(copy)).toBe(false);
  });

  it.for(databaseKinds.filter(({ name }) => name !== 'SQLite'))('says what to take on $name', async ({ name }) => {
    const DATABASE_URL = `${name.toLowerCase()}://hadir:geheim@127.0.0.1:1/hadir`;
    const file = join(folder(), 'copy');
    const end = await hadir(['backup', file], { DATABASE_URL, ...SECRET });
    expect(end).toMatchObject({
      code: 1,
      errors: name === 'MySQL' ? expect.stringContaining('mysqldump') : expect.stringContaining('mariadb-dump'),
    });
    expect(end.errors).not.toContain('geheim');
    expect(existsSync(file)).toBe(false);
  });
});
