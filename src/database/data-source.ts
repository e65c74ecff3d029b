import { DataSource, type DataSourceOptions } from 'typeorm';
import { CannotStart } from '../common/cannot-start.js';
import { splitSslMode, sslModes } from '../common/ssl-modes.js';
import { entities } from './entities.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations.js';
import { askPoolOf } from './mysql-ask.js';
import { DEADLINE_MS, setDeadlines } from './mysql-deadline.js';
import { neverBlock } from './sqlite-busy.js';
import { sqliteDriver } from './sqlite-driver.js';
import { isolate } from './sqlite-isolation.js';

/** What TypeORM needs to know for a DATABASE_URL. */
export function databaseOptions(url: string): DataSourceOptions {
  const schema = { entities, migrations, migrationsRun: false, synchronize: false };
  return url.startsWith('sqlite:')
    ? { ...schema, ...sqlite(url.slice('sqlite:'.length)) }
    : { ...schema, ...mysql(url) };
}

function sqlite(database: string): DataSourceOptions {
  return {
    type: 'better-sqlite3',
    driver: sqliteDriver(),
    database,
    enableWAL: database !== ':memory:',
    timeout: 5000,
    prepareDatabase,
  };
}

interface SqliteConnection {
  pragma(text: string): void;
  function(name: string, options: { deterministic: boolean }, body: (text: unknown) => unknown): void;
}

/** SQLite's own LOWER knows the letters of ASCII only. */
function prepareDatabase(connection: SqliteConnection): void {
  connection.pragma('synchronous = NORMAL');
  const lower = (text: unknown) => (typeof text === 'string' ? text.toLowerCase() : text);
  connection.function('lower', { deterministic: true }, lower);
}

function mysql(url: string): DataSourceOptions {
  const split = splitSslMode(url);
  if (!split) throw new Error('an address of a database that the settings would not have taken');
  const ssl = sslModes[split.mode];
  return {
    type: url.startsWith('mariadb:') ? 'mariadb' : 'mysql',
    url: split.address.replace(/^mariadb:/, 'mysql:'),
    ...(ssl && { ssl: { ...ssl, minVersion: 'TLSv1.2' } }),
    charset: 'utf8mb4',
    timezone: 'Z',
    poolSize: 10,
    connectTimeout: DEADLINE_MS,
    extra: { queueLimit: 200, enableKeepAlive: true },
  };
}

/** Opens the database and brings its tables up to date. @throws CannotStart (as a rejection) where it cannot be opened */
export async function openDatabase(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options);
  const isSqlite = options.type === 'better-sqlite3';
  if (isSqlite) isolate(dataSource);
  else {
    setDeadlines(dataSource);
    askPoolOf(dataSource);
  }
  await dataSource.initialize().catch((cause: unknown) => {
    throw new CannotStart('DATABASE_URL', cause);
  });
  try {
    await migrate(dataSource);
    if (isSqlite) await neverBlock(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}
