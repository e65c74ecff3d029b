import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadSettings } from '../../src/config/env.js';
import { inMemory, refusal, refusals } from '../support/refusal.js';

const SECRET = 'a-secret-of-more-than-thirty-two-bytes';

function temporaryDatabase(): { folder: string; url: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-env-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, url: `sqlite:${join(folder, 'hadir.db')}` };
}

function fileWith(text: string): string {
  const file = join(temporaryDatabase().folder, 'secret');
  writeFileSync(file, text);
  return file;
}

describe('a setting in a file', () => {
  it('is what stands there, without the end of the line', () => {
    const settings = loadSettings({
      ...inMemory,
      JWT_SECRET_FILE: fileWith(`${SECRET}\n`),
      PORT_FILE: fileWith('9090'),
    });
    expect(settings.auth.jwtSecrets).toEqual([SECRET]);
    expect(settings.server.port).toBe(9090);
  });

  it('is not set where the file is empty', () => {
    const env = { ...inMemory, JWT_SECRET: SECRET, JWT_SECRET_PREVIOUS_FILE: fileWith('\n') };
    expect(loadSettings(env).auth.jwtSecrets).toEqual([SECRET]);
  });

  it('may decide what the others are when unset', () => {
    const { server } = loadSettings({ ...inMemory, NODE_ENV_FILE: fileWith('production'), JWT_SECRET: SECRET });
    expect(server).toMatchObject({ environment: 'production', host: '0.0.0.0' });
  });

  it('must be readable, and the only one of its name', () => {
    expect(refusal({ NODE_ENV: 'production', JWT_SECRET_FILE: '/nowhere' })).toEqual({
      JWT_SECRET: 'cannot be read from the file that JWT_SECRET_FILE names',
    });
    const both = { METRICS_TOKEN: 'a token of the metrics', METRICS_TOKEN_FILE: fileWith('another of the metrics') };
    expect(refusal(both)).toEqual({ METRICS_TOKEN: 'and METRICS_TOKEN_FILE are both set' });
  });
});

describe('the settings', () => {
  it('are complete without any environment', () => {
    const settings = loadSettings(inMemory);
    expect(settings.server).toMatchObject({
      environment: 'development',
      host: '127.0.0.1',
      port: 8080,
      trustedProxies: [],
      allowedOrigins: ['http://localhost:3000', 'http://localhost:8080', 'https://yourapp.com'],
      allowEmptyOrigin: true,
      restRate: { count: 300, windowMs: 60_000 },
    });
    expect(settings.auth).toMatchObject({
      accessTokenTtlMs: 15 * 60_000,
      refreshTokenTtlMs: 30 * 86_400_000,
      registration: 'open',
      admin: undefined,
      seedDemo: true,
      loginAccountRate: { count: 5, windowMs: 60_000 },
    });
    expect(settings.realtime).toMatchObject({
      queryToken: 'on',
      maxConnectionsPolicy: 'reject',
      drainTimeoutMs: 25_000,
    });
    expect(settings.presence).toMatchObject({
      graceMs: 5_000,
      autoWatch: 100,
      statusRate: { count: 5, windowMs: 30_000 },
    });
    expect(settings.typing).toEqual({ ttlMs: 8_000, throttleMs: 3_000 });
    expect(settings.log).toEqual({ level: 'info', format: 'pretty' });
  });

  it('are stricter in production without being told', () => {
    const settings = loadSettings({ ...inMemory, NODE_ENV: 'production', JWT_SECRET: SECRET });
    expect(settings.server.host).toBe('0.0.0.0');
    expect(settings.auth).toMatchObject({ registration: 'closed', seedDemo: false, jwtSecrets: [SECRET] });
    expect(settings.log.format).toBe('json');
  });

  it('cannot be changed once they are read', () => {
    const settings = loadSettings(inMemory);
    expect(() => Object.assign(settings.typing, { ttlMs: 1 })).toThrow(TypeError);
    expect(() => Object.assign(settings, { typing: {} })).toThrow(TypeError);
  });

  it('take an empty variable for one that is not set', () => {
    expect(loadSettings({ ...inMemory, PORT: '', REDIS_URL: '' }).server.port).toBe(8080);
  });

  it('take an empty list for a list of nothing', () => {
    const { server } = loadSettings({ ...inMemory, ALLOWED_ORIGINS: '', TRUSTED_PROXIES: '' });
    expect([server.allowedOrigins, server.trustedProxies]).toEqual([[], []]);
  });

  it('lift a rate with off and a grace with 0s', () => {
    const settings = loadSettings({ ...inMemory, RATE_LIMIT_REST: 'off', PRESENCE_GRACE: '0s', TYPING_THROTTLE: '0s' });
    expect(settings.server.restRate).toBeNull();
    expect(settings.presence.graceMs).toBe(0);
    expect(settings.typing.throttleMs).toBe(0);
  });

  it('sign with the current secret and accept the previous one', () => {
    const previous = SECRET.toUpperCase();
    const { auth } = loadSettings({ ...inMemory, JWT_SECRET: SECRET, JWT_SECRET_PREVIOUS: previous });
    expect(auth.jwtSecrets).toEqual([SECRET, previous]);
  });
});

describe('the secret of a development machine', () => {
  it('is made once and kept beside the database, for its owner only', () => {
    const { folder, url } = temporaryDatabase();
    const first = loadSettings({ DATABASE_URL: url }).auth.jwtSecrets;
    expect(loadSettings({ DATABASE_URL: url }).auth.jwtSecrets).toEqual(first);
    expect(Buffer.byteLength(first[0]!)).toBeGreaterThanOrEqual(32);
    expect(statSync(join(folder, 'jwt-secret')).mode & 0o777).toBe(0o600);
  });

  it('is a new one at each start over a database in memory', () => {
    expect(loadSettings(inMemory).auth.jwtSecrets).not.toEqual(loadSettings(inMemory).auth.jwtSecrets);
  });
});

describe('a bad start', () => {
  it('names every bad variable at once, once', () => {
    const bad = {
      PORT: '99999',
      TYPING_TTL: '8',
      RATE_LIMIT_LOGIN_IP: '60 per minute',
      MAX_CONNECTIONS: 'many',
      WS_QUERY_TOKEN: 'yes',
      ALLOW_EMPTY_ORIGIN: '1',
      DATABASE_URL: 'postgres://localhost/hadir',
      TRUSTED_PROXIES: '10.0.0.0/99',
      LOG_LEVEL: 'loud',
      JWT_SECRET: 'short',
      NODE_ENV: 'production',
    };
    const { NODE_ENV: _fine, ...named } = bad;
    const names = refusals(bad).map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(named).sort());
  });

  it('says it in one readable message', () => {
    expect(() => loadSettings({ ...inMemory, PORT: 'http' })).toThrow(
      'The settings are not valid:\n  PORT must be a whole number from 0 to 65535',
    );
  });

  it('never repeats a value, which may be a secret', () => {
    const message = JSON.stringify(
      refusal({ JWT_SECRET: 'hunter2', ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'swordf' }),
    );
    expect(message).toContain('JWT_SECRET');
    expect(message).not.toMatch(/hunter2|swordf/);
  });

  it.each(['8', '8 s', '-8s', '1.5s', '0s', 's', '99999999999s', '30d'])(
    'does not take %s for a typing TTL',
    (TYPING_TTL) => {
      expect(refusal({ TYPING_TTL })).toHaveProperty('TYPING_TTL');
    },
  );

  it.each(['100', '0/1s', '100/0s', '100/1s/2', '-1/1s', '1e3/1s', 'Off'])(
    'does not take %s for a rate',
    (RATE_LIMIT_REST) => {
      expect(refusal({ RATE_LIMIT_REST })).toHaveProperty('RATE_LIMIT_REST');
    },
  );

  it.each(['*', 'https://*.example.com', 'yourapp.com', 'https://yourapp.com/', 'null'])(
    'does not take %s for an origin',
    (text) => {
      expect(refusal({ ALLOWED_ORIGINS: `https://fine.example,${text}` })).toHaveProperty('ALLOWED_ORIGINS');
    },
  );

  it('names a common password of the administrator beside everything else', () => {
    const refused = refusal({ ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'password', PORT: 'http' });
    expect(Object.keys(refused).sort()).toEqual(['ADMIN_PASSWORD', 'PORT']);
  });

  it('needs both halves of the first administrator', () => {
    expect(refusal({ ADMIN_EMAIL: 'root@example.com' })).toHaveProperty('ADMIN_PASSWORD');
    expect(refusal({ ADMIN_PASSWORD: 'long enough' })).toHaveProperty('ADMIN_EMAIL');
  });
});

describe('production', () => {
  const production = (env: Record<string, string>) => refusal({ NODE_ENV: 'production', JWT_SECRET: SECRET, ...env });

  it('starts with a good secret alone', () => {
    expect(production({})).toEqual({});
  });

  it('refuses to start without a secret, and with a short one', () => {
    expect(production({ JWT_SECRET: '' })).toEqual({ JWT_SECRET: 'is required in production' });
    expect(production({ JWT_SECRET: 'x'.repeat(31) })).toEqual({ JWT_SECRET: 'must be at least 32 bytes' });
    expect(production({ JWT_SECRET_PREVIOUS: 'short' })).toHaveProperty('JWT_SECRET_PREVIOUS');
  });

  it('refuses demo users, a wildcard origin and a number of proxies', () => {
    const refused = production({ SEED_DEMO: 'true', ALLOWED_ORIGINS: '*', TRUSTED_PROXIES: '1' });
    expect(Object.keys(refused).sort()).toEqual(['ALLOWED_ORIGINS', 'SEED_DEMO', 'TRUSTED_PROXIES']);
  });
});
