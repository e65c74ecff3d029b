import { DataSource, type DataSourceOptions } from 'typeorm';
import { entities } from './entities.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations.js';
import { sqliteDriver } from './sqlite-driver.js';
import { isolate } from './sqlite-isolation.js';

/** The longest a statement, a connection or a place in line may take, in milliseconds. */
const TIMEOUT_MS = 2000;

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
    prepareDatabase: (connection: { pragma(text: string): void }) => connection.pragma('synchronous = NORMAL'),
  };
}

function mysql(url: string): DataSourceOptions {
  return {
    type: url.startsWith('mariadb:') ? 'mariadb' : 'mysql',
    url: url.replace(/^mariadb:/, 'mysql:'),
    charset: 'utf8mb4',
    timezone: 'Z',
    poolSize: 10,
    connectTimeout: TIMEOUT_MS,
    maxQueryExecutionTime: TIMEOUT_MS,
    enableQueryTimeout: true,
    extra: { queueLimit: 200, enableKeepAlive: true },
  };
}

/** Opens the database and brings its tables up to date. */
export async function openDatabase(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options);
  if (options.type === 'better-sqlite3') isolate(dataSource);
  await dataSource.initialize();
  try {
    await migrate(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}
