import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { atTerminal } from '../support/at-terminal.js';
import { hadir } from '../support/cli.js';
import { Http } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { startServer } from '../support/server.js';

const PASSWORD = 'sebuah sandi yang panjang';

function settings(): { folder: string; env: Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const DATABASE_URL = `sqlite:${join(folder, 'hadir.db')}`;
  return { folder, env: { DATABASE_URL, JWT_SECRET: 'a secret of the tests, of no use to anybody' } };
}

/** The lines a command has written for the audit. */
function audited(errors: string): Record<string, unknown>[] {
  const lines = errors.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('what a command did', () => {
  it('is told in the lines of the security log, with who did it and without any secret', async () => {
    const { env, folder } = settings();
    const quiet = { ...env, LOG_FORMAT: 'json', LOG_LEVEL: 'error' };
    const server = await startServer({ env });
    const { id, email } = await newPerson(server, 'ani');
    const by = { context: 'security', level: 'info', by: 'command', os_user: userInfo().username };
    const run = async (...args: string[]) => {
      const end = await hadir(args, quiet, `${PASSWORD}\n`);
      expect(end.code, end.errors).toBe(0);
      expect(end.errors + end.out).not.toMatch(new RegExp(`${PASSWORD}|argon2`));
      expect(audited(end.errors).every(({ time }) => !Number.isNaN(Date.parse(String(time))))).toBe(true);
      return audited(end.errors);
    };
    expect(await run('create-admin', 'root@example.com')).toMatchObject([
      { ...by, event: 'account_created', role: 'admin', user_id: expect.any(String) },
    ]);
    expect(await run('create-admin', email, '--promote')).toMatchObject([
      { ...by, event: 'role_changed', role: 'admin', user_id: id },
    ]);
    expect(await run('revoke-user', email)).toMatchObject([
      { ...by, event: 'session_revoked', cause: 'session_revoked', user_id: id },
    ]);
    expect(await run('revoke-user', email, '--disable')).toMatchObject([
      { ...by, event: 'account_disabled', user_id: id },
      { ...by, event: 'session_revoked', cause: 'account_disabled', user_id: id },
    ]);
    const [current, previous] = [join(folder, 'jwt'), join(folder, 'previous')];
    writeFileSync(current, env.JWT_SECRET ?? '');
    const files = ['--secret-file', current, '--previous-file', previous];
    expect(await run('rotate-secret', '--step', 'announce', ...files)).toMatchObject([
      { ...by, event: 'secret_rotation', step: 'announce', secret_file: current },
    ]);
  });

  it('is not told where nothing was done', async () => {
    const { env } = settings();
    const refused = await hadir(['create-admin', 'root@example.com'], { ...env, LOG_FORMAT: 'json' }, 'short\n');
    expect(refused.code).toBe(1);
    expect(audited(refused.errors)).toEqual([]);
  });
});

describe('a password that is typed', () => {
  it('is asked for twice and never shown', async (context) => {
    const { env } = settings();
    const typed = [`${PASSWORD}\r`, `${PASSWORD}\r`];
    const { code, seen } = await atTerminal(context, 'create-admin root@example.com', env, typed);
    expect(code, seen).toBe(0);
    expect(seen).toMatch(/Password: \r\nAgain: \r\n[^]*is an administrator now/);
    expect(seen).not.toContain('sandi');
    const server = await startServer({ env });
    expect((await new Http(server.url).login('root@example.com', PASSWORD)).user.role).toBe('admin');
  });

  it('can be mended while it is typed', async (context) => {
    const { env } = settings();
    const typed = [`${PASSWORD}xy\u007f\u007f\r`, `${PASSWORD}\r`];
    expect((await atTerminal(context, 'create-admin root@example.com', env, typed)).code).toBe(0);
  });

  it.for([
    ['two that differ', [`${PASSWORD}\r`, 'another one altogether\r'], 'The two passwords differ'],
    ['Ctrl-C', ['half a pass\u0003'], 'Nothing was done'],
    ['Ctrl-D', ['\u0004'], 'Nothing was done'],
  ] as const)('makes nobody an administrator after %s', async ([, typed, said], context) => {
    const { env } = settings();
    const { code, seen } = await atTerminal(context, 'create-admin root@example.com', env, typed);
    expect(seen).toContain(said);
    expect(code).toBe(1);
    expect(await hadir(['create-admin', 'root@example.com', '--promote'], env)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('has no account'),
    });
  });
});
