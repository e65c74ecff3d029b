import type Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { sqliteDriver } from '../../src/database/sqlite-driver.js';

/** Another connection to a SQLite file, beside that of the server. It is closed with the test. */
export function openSqlite(file: string): Database.Database {
  const connection = new (sqliteDriver() as typeof Database)(file, { timeout: 0 });
  onTestFinished(() => void connection.close());
  return connection;
}
