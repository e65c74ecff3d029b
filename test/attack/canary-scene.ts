import { randomBytes } from 'node:crypto';
import { createClient } from 'redis';
import { createConnection } from 'mysql2/promise';
import { expect, onTestFinished } from 'vitest';
import { asItsUser, databaseKinds } from '../support/databases.js';
import { namespace } from '../support/redis.js';

const bird = () => `kenari-${randomBytes(12).toString('hex')}`;

/** Secrets of a server's own, and where it keeps what it knows. */
export interface Cage {
  readonly env: Record<string, string>;
  readonly secrets: Record<string, string>;
  /** Everything in its tables. */
  readonly rows: () => Promise<string>;
  /** Everything under its keys of Redis. */
  readonly keys: () => Promise<string>;
}

/** A MariaDB and a Redis that ask for passwords, and every other secret that settings can hold. */
export async function cage(): Promise<Cage> {
  const kind = databaseKinds.find(({ name }) => name === 'MariaDB');
  const databaseUrl = await asItsUser((await kind?.create()) ?? '');
  const redis = await guardedRedis();
  const own = { jwt: `${bird()}${bird()}`, previous: `${bird()}${bird()}`, metrics: bird(), admin: bird() };
  return {
    env: {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      REDIS_PREFIX: redis.prefix,
      JWT_SECRET: own.jwt,
      JWT_SECRET_PREVIOUS: own.previous,
      METRICS_TOKEN: own.metrics,
      ADMIN_EMAIL: 'root@example.com',
      ADMIN_PASSWORD: own.admin,
      SEED_DEMO: 'false',
    },
    secrets: { ...own, database: new URL(databaseUrl).password, redis: new URL(redis.url).password },
    rows: () => rowsOf(databaseUrl),
    keys: () => valuesOf(redis.url, redis.prefix),
  };
}

/** Text in which none of the secrets may stand, as it is or in disguise. */
export function expectNone(secrets: Record<string, string>, place: string, text: string): void {
  expect(text.length, place).toBeGreaterThan(50);
  for (const [what, secret] of Object.entries(secrets)) {
    expect(secret.length, what).toBeGreaterThanOrEqual(8);
    const bytes = Buffer.from(secret);
    const looks = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
    const encoded = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')];
    for (const look of [...looks, ...encoded]) expect(text.includes(look), `${what} in ${place}`).toBe(false);
  }
}

async function guardedRedis(): Promise<{ url: string; prefix: string }> {
  const { url, prefix, command } = await namespace();
  const [name, password] = [`hadir-${randomBytes(6).toString('hex')}`, bird()];
  await command('ACL', 'SETUSER', name, 'on', `>${password}`, '~*', '&*', '+@all');
  onTestFinished(async () => void (await command('ACL', 'DELUSER', name)));
  return { url: Object.assign(new URL(url), { username: name, password }).href, prefix };
}

async function rowsOf(url: string): Promise<string> {
  const connection = await createConnection(url.replace(/^mariadb:/, 'mysql:'));
  const [tables] = await connection.query('SHOW TABLES');
  const names = (tables as Record<string, string>[]).flatMap((row) => Object.values(row));
  const rows: unknown[] = [];
  for (const name of names) rows.push(name, (await connection.query(`SELECT * FROM \`${name}\``))[0]);
  await connection.end();
  return JSON.stringify(rows);
}

async function valuesOf(url: string, prefix: string): Promise<string> {
  const client = await createClient({ url, RESP: 2 }).connect();
  const found: unknown[] = [];
  for await (const keys of client.scanIterator({ MATCH: `*${prefix}*`, COUNT: 1000 })) {
    for (const key of keys) found.push(key, await client.sendCommand(readerOf(await client.type(key), key)));
  }
  client.destroy();
  return JSON.stringify(found);
}

function readerOf(type: string, key: string): string[] {
  const readers: Record<string, string[]> = {
    string: ['GET', key],
    hash: ['HGETALL', key],
    list: ['LRANGE', key, '0', '-1'],
    set: ['SMEMBERS', key],
    zset: ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
    stream: ['XRANGE', key, '-', '+'],
  };
  return readers[type] ?? ['TYPE', key];
}
