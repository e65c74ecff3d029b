import { describe, expect, it } from 'vitest';
import { refusedStart, startServer } from '../support/server.js';

const SECRET = 'a-secret-of-more-than-thirty-two-bytes';

describe('a start with bad settings', () => {
  it('names every bad variable at once, keeps their values to itself, and exits with 1', async () => {
    const { code, output } = await refusedStart({
      PORT: 'eighty',
      HEARTBEAT_INTERVAL: '25',
      RATE_LIMIT_REST: 'unlimited',
      MAX_CONNECTIONS_POLICY: 'panic',
      JWT_SECRET: 'correct-horse',
      ALLOWED_ORIGINS: 'https://secret.example/',
    });
    expect(code).toBe(1);
    for (const name of ['PORT', 'HEARTBEAT_INTERVAL', 'RATE_LIMIT_REST', 'MAX_CONNECTIONS_POLICY', 'ALLOWED_ORIGINS']) {
      expect(output).toContain(`  ${name} must`);
    }
    expect(output).toContain('  JWT_SECRET must be at least 32 bytes');
    expect(output).not.toMatch(/eighty|unlimited|panic|correct-horse|secret.example/);
    expect(output).not.toContain('    at ');
  });
});

describe('a start that lacks something', () => {
  it.each([
    [
      'the database',
      { DATABASE_URL: `sqlite:${import.meta.filename}`, JWT_SECRET: SECRET },
      'DATABASE_URL cannot be used: file is not a database',
    ],
    [
      'the folder of the database',
      { DATABASE_URL: `sqlite:${import.meta.filename}/hadir.db` },
      'DATABASE_URL names a folder',
    ],
    ['Redis', { REDIS_URL: 'redis://127.0.0.1:1' }, 'REDIS_URL does not answer'],
    ['an address to listen on', { HOST: '192.0.2.1' }, 'HOST and PORT cannot be listened on'],
  ])('names %s in one sentence, without a stack', async (_what, env, sentence) => {
    const { code, output } = await refusedStart(env);
    expect(code).toBe(1);
    expect(output).toContain(sentence);
    expect(output).not.toContain('    at ');
  });

  it('says who has its port', async () => {
    const { port } = await startServer();
    const { code, output } = await refusedStart({ PORT: String(port) });
    expect(code).toBe(1);
    expect(output).toContain(`another program listens on 127.0.0.1:${port}; set another PORT`);
    expect(output).not.toContain('    at ');
  });
});

describe('a start on a free port', () => {
  it('prints an address whose pages may open a socket', async () => {
    const server = await startServer();
    await expect.poll(() => server.output).toMatch(/console\n/);
    const address = /listening on (\S+),/.exec(server.output)?.[1] ?? '';
    const login = /'({"email".*})'/.exec(server.output)?.[1] ?? '';
    const post = (path: string, headers: Record<string, string>, body?: string) =>
      fetch(`${address}/api/v1/auth/${path}`, { method: 'POST', headers, ...(body && { body }) });
    const answer = await post('login', { 'Content-Type': 'application/json' }, login);
    const { data } = (await answer.json()) as { data: { access_token: string } };
    const ticket = await post('ws-ticket', { Authorization: `Bearer ${data.access_token}`, Origin: address });
    expect(ticket.status).toBe(201);
  });
});

describe('a start in production', () => {
  const production = (env: Record<string, string>) =>
    refusedStart({ NODE_ENV: 'production', JWT_SECRET: SECRET, ...env });

  it.each([
    ['without a secret', 'JWT_SECRET', { JWT_SECRET: '' }],
    ['with a short secret', 'JWT_SECRET', { JWT_SECRET: 'x'.repeat(31) }],
    ['with a short previous secret', 'JWT_SECRET_PREVIOUS', { JWT_SECRET_PREVIOUS: 'x'.repeat(31) }],
    ['with a wildcard origin', 'ALLOWED_ORIGINS', { ALLOWED_ORIGINS: '*' }],
    ['with demo users', 'SEED_DEMO', { SEED_DEMO: 'true' }],
    ['with a number of proxies', 'TRUSTED_PROXIES', { TRUSTED_PROXIES: '1' }],
  ])('%s is refused by the name of %s', async (_what, name, env) => {
    const { code, output } = await production(env);
    expect(code).toBe(1);
    const named = output.split('\n').filter((line) => line.startsWith('  '));
    expect(named).toEqual([expect.stringMatching(new RegExp(`^  ${name} `))]);
  });

  it('with good settings serves, logs JSON, has no demo users and lets nobody register', async () => {
    const server = await startServer({ env: { NODE_ENV: 'production', JWT_SECRET: SECRET } });
    const post = (path: string, body: object) =>
      fetch(`${server.url}/api/v1/auth/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    const email = 'alice@example.com';
    const login = await post('login', { email, password: 'hadir-demo-2026' });
    const register = await post('register', { email, password: 'a long enough password', display_name: 'Alice' });
    expect([login.status, register.status]).toEqual([401, 403]);
    expect(server.output).toMatch(/"level":"warn"[^\n]*WS_QUERY_TOKEN is on[^\n]*ticket-only/);
    const lines = server.output.trim().split('\n');
    for (const line of lines) expect(() => JSON.parse(line) as unknown, line).not.toThrow();
  });
});

describe('a start with tokens allowed in the address', () => {
  it.each([
    ['production', 'ticket-only'],
    ['production', 'off'],
    ['development', 'on'],
  ])('warns nobody in %s with WS_QUERY_TOKEN=%s', async (NODE_ENV, WS_QUERY_TOKEN) => {
    const server = await startServer({ env: { NODE_ENV, JWT_SECRET: SECRET, WS_QUERY_TOKEN } });
    await expect.poll(() => server.output).toContain('listening on');
    expect(server.output).not.toContain('WS_QUERY_TOKEN is');
  });
});
