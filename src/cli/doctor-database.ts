import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';
import { iso } from '../common/clock.js';
import { reason } from '../common/reason.js';
import type { Settings } from '../config/settings.js';
import { databaseOptions } from '../database/data-source.js';
import { migrations } from '../database/migrations.js';
import { fromDatetime } from '../database/raw.js';
import { shownAddress } from './address.js';
import { compareClocks } from './doctor-clock.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { appliedMigrations } from './schema.js';

const CHECK = 'database';

export async function checkDatabase({ database: { url }, cluster }: Settings): Promise<Finding[]> {
  const isFile = url.startsWith('sqlite:') && url !== 'sqlite::memory:';
  if (isFile && cluster.redisUrls)
    return [
      warn(
        CHECK,
        'REDIS_URL is set, and the database is SQLite',
        'Nodes on several machines need one MariaDB or MySQL.',
      ),
      ...(await look(url)),
    ];
  return isFile ? [...checkFile(url.slice('sqlite:'.length)), ...(await look(url))] : look(url);
}

function checkFile(path: string): Finding[] {
  const folder = dirname(path);
  try {
    if (existsSync(folder)) accessSync(folder, constants.W_OK | constants.X_OK);
    return [];
  } catch {
    return [
      fail(
        CHECK,
        `${folder} cannot be written to`,
        'SQLite writes beside its file too: let the user of the server own the folder.',
      ),
    ];
  }
}

async function look(url: string): Promise<Finding[]> {
  if (url === 'sqlite::memory:')
    return [warn(CHECK, 'everything is in memory', 'Set DATABASE_URL, or accounts end with the process.')];
  if (url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length)))
    return [warn(CHECK, `${url} is not there yet`, 'The first start makes it, and so does hadir migrate.')];
  let dataSource: DataSource | undefined;
  try {
    dataSource = await new DataSource(databaseOptions(url)).initialize();
    return [await version(dataSource, url), ...(await tables(dataSource)), ...(await clock(dataSource))];
  } catch (error) {
    return [
      fail(
        CHECK,
        `${shownAddress(url)}: ${reason(error)}`,
        'Is the server up, and are host, user, password and name in DATABASE_URL right?',
      ),
    ];
  } finally {
    await dataSource?.destroy();
  }
}

const isSqlite = ({ options }: DataSource) => options.type === 'better-sqlite3';

async function version(dataSource: DataSource, url: string): Promise<Finding> {
  const began = Date.now();
  const select = isSqlite(dataSource)
    ? 'SELECT sqlite_version() AS version, 0 AS ro'
    : 'SELECT VERSION() AS version, @@read_only AS ro';
  const [row] = await dataSource.query<{ version: string; ro: unknown }[]>(select);
  const name = isSqlite(dataSource) ? 'SQLite' : dataSource.options.type;
  const found = `${shownAddress(url)}: ${name} ${row?.version} answers in ${Date.now() - began} ms`;
  if (Number(row?.ro) === 1)
    return fail(CHECK, `${found}, and is read-only`, 'Name the server that may be written to in DATABASE_URL.');
  return ok(CHECK, found);
}

async function tables(dataSource: DataSource): Promise<Finding[]> {
  const applied = await appliedMigrations(dataSource);
  const own = migrations.map(({ name }) => name);
  const foreign = applied.filter((name) => !own.includes(name));
  const missing = own.filter((name) => !applied.includes(name));
  if (foreign.length > 0)
    return [
      fail(
        CHECK,
        `its tables are of a newer version (${foreign.join(', ')})`,
        'Run the version that made them, or restore a backup from before.',
      ),
    ];
  if (missing.length > 0)
    return [
      warn(
        CHECK,
        `${missing.length} steps of its tables are to be taken`,
        'The next start takes them, and so does hadir migrate.',
      ),
    ];
  const admins = await dataSource.query<unknown[]>(
    "SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL LIMIT 1",
  );
  const tablesOk = ok(CHECK, `its tables are up to date (${own.length} steps)`);
  if (admins.length > 0) return [tablesOk];
  return [tablesOk, warn(CHECK, 'there is no administrator', 'hadir create-admin you@example.com')];
}

/** A server has a clock of its own; beside a file lies the time when somebody last used a session. */
async function clock(dataSource: DataSource): Promise<Finding[]> {
  if (isSqlite(dataSource)) return [await newest(dataSource)];
  const [row] = await dataSource.query<{ at: string | number }[]>('SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS at');
  return [compareClocks('the database', Number(row?.at), Date.now())];
}

async function newest(dataSource: DataSource): Promise<Finding> {
  const isThere = (await appliedMigrations(dataSource)).length === migrations.length;
  const [row] = isThere
    ? await dataSource.query<{ at: string | null }[]>('SELECT MAX(last_used_at) AS at FROM sessions')
    : [];
  const at = fromDatetime(row?.at ?? null);
  const now = Date.now();
  if (at !== null && at > now) return compareClocks('the newest session', at, now);
  return ok('clock', `${iso(now)}, and nothing in the database is from later`);
}
