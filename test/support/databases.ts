import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type Connection } from 'mysql2/promise';
import { onTestFinished } from 'vitest';

/** A kind of database the tests can make new ones of. */
export interface DatabaseKind {
  readonly name: string;
  /** Why it is left out, if it is. */
  readonly missing: string | undefined;
  /** A new, empty database that is gone after the test. @returns its DATABASE_URL */
  readonly create: () => Promise<string>;
}

async function sqliteFile(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'hadir.db')}`;
}

function server(name: string, variable: string): DatabaseKind {
  const address = process.env[variable];
  if (address === undefined && process.env.CI === 'true') throw new Error(`CI needs ${variable}`);
  if (address === undefined) console.warn(`${name} is left out: ${variable} is not set`);
  return {
    name,
    missing: address === undefined ? `${variable} is not set` : undefined,
    create: () => serverDatabase(address ?? ''),
  };
}

async function serverDatabase(address: string): Promise<string> {
  const name = `hadir_test_${randomBytes(6).toString('hex')}`;
  // Not all servers have a default that can hold every text; what the tables need they see to themselves.
  await run(address, `CREATE DATABASE ${name} CHARACTER SET latin1`);
  onTestFinished(() => run(address, `DROP DATABASE ${name}`));
  const url = new URL(address);
  url.pathname = `/${name}`;
  return url.href;
}

/** The same database for a user with a password, who has all rights there and none elsewhere. */
export async function asItsUser(address: string): Promise<string> {
  const url = new URL(address);
  const [name, password] = [`hadir_${randomBytes(6).toString('hex')}`, randomBytes(12).toString('base64url')];
  await run(address, `CREATE USER ${name} IDENTIFIED BY '${password}'`);
  onTestFinished(() => run(address, `DROP USER ${name}`));
  await run(address, `GRANT ALL ON ${url.pathname.slice(1)}.* TO ${name}`);
  return Object.assign(url, { username: name, password }).href;
}

/** A connection to the database, until the test is over. */
export async function connectTo(address: string): Promise<Connection> {
  const connection = await createConnection(address.replace(/^mariadb:/, 'mysql:'));
  onTestFinished(() => connection.destroy());
  return connection;
}

/** The rows of a query, each as the list of its values. */
export async function ask(connection: Connection, query: string): Promise<unknown[][]> {
  const [rows] = await connection.query({ sql: query, rowsAsArray: true });
  return rows as unknown[][];
}

async function run(address: string, statement: string): Promise<void> {
  const connection = await createConnection(address.replace(/^mariadb:/, 'mysql:'));
  await connection.query(statement);
  await connection.end();
}

export const databaseKinds: DatabaseKind[] = [
  { name: 'SQLite', missing: undefined, create: sqliteFile },
  server('MariaDB', 'TEST_MARIADB_URL'),
  server('MySQL', 'TEST_MYSQL_URL'),
];
