import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/env.js';
import { inMemory } from '../support/refusal.js';

const SECRET = 'a-secret-of-more-than-thirty-two-bytes';

describe('the whitelist nobody has set', () => {
  const whitelist = (env: Record<string, string>) => loadSettings({ ...inMemory, ...env }).server.allowedOrigins;
  const usual = ['http://localhost:3000', 'http://localhost:8080', 'https://yourapp.com'];

  it('has the address of the server itself, whatever its port', () => {
    expect(whitelist({ PORT: '18080' })).toEqual([...usual, 'http://localhost:18080']);
    expect(whitelist({ PORT: '3000' })).toEqual(usual);
    expect(whitelist({ PORT: '0' })).toEqual(usual);
  });

  it('has it in development only, and one that is set is left alone', () => {
    expect(whitelist({ PORT: '18080', NODE_ENV: 'production', JWT_SECRET: SECRET })).toEqual(usual);
    expect(whitelist({ PORT: '18080', ALLOWED_ORIGINS: 'https://a.example' })).toEqual(['https://a.example']);
    expect(whitelist({ PORT: '18080', ALLOWED_ORIGINS: '' })).toEqual([]);
  });
});

describe('the address of a SQLite database', () => {
  it.each(['sqlite://data/hadir.db', 'sqlite://./hadir.db'])('is not taken for the root of the disk: %s', (url) => {
    expect(() => loadSettings({ DATABASE_URL: url })).toThrow('DATABASE_URL has // before a path');
  });

  it('may be absolute, in either spelling', () => {
    for (const url of ['sqlite:/srv/hadir.db', 'sqlite:///srv/hadir.db'])
      expect(loadSettings({ DATABASE_URL: url, JWT_SECRET: SECRET }).database.url).toBe(url);
  });
});

describe('addresses of servers', () => {
  it('name one Redis, or several of one cluster', () => {
    const urls = (text: string) => loadSettings({ ...inMemory, REDIS_URL: text }).cluster.redisUrls;
    expect(urls('redis://one:6379')).toEqual(['redis://one:6379']);
    expect(urls('redis://one:6379, rediss://two:6380')).toEqual(['redis://one:6379', 'rediss://two:6380']);
    expect(urls('redis://:with,comma@one:6379')).toEqual(['redis://:with,comma@one:6379']);
    for (const text of ['one:6379', 'http://one', 'redis://one,two:6379', 'redis://one:6379,two:6379', 'redis://one:x'])
      expect(() => urls(text), text).toThrow('REDIS_URL');
  });

  it.each(['mysql://%/x', 'mysql://host', 'mysql:///hadir', 'mariadb://host:99999/hadir', 'sqlite:'])(
    'does not take %s for a database',
    (DATABASE_URL) => {
      expect(() => loadSettings({ DATABASE_URL })).toThrow('DATABASE_URL must be');
    },
  );

  it.each(['mysql://root@127.0.0.1:3306/hadir', 'mariadb://a:p%40ss@db/hadir', 'mysql://root@[::1]/hadir'])(
    'takes %s for a database',
    (DATABASE_URL) => {
      expect(loadSettings({ DATABASE_URL, JWT_SECRET: SECRET }).database.url).toBe(DATABASE_URL);
    },
  );
});
