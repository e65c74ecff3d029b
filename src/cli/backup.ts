import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { loadSetting } from '../config/env.js';
import { sqliteDriver } from '../database/sqlite-driver.js';
import type { Command } from './command.js';
import { CommandFailed } from './command-failed.js';

const SQLITE = 'sqlite:';
/** How long a writer may keep the file from us, in milliseconds. */
const PATIENCE_MS = 5000;

/** What is needed of better-sqlite3. */
type Driver = new (
  path: string,
  options: { readonly: boolean; fileMustExist: boolean; timeout: number },
) => {
  prepare(text: string): { run(value: string): unknown };
  pragma(text: string, options: { simple: boolean }): unknown;
  close(): void;
};

/** Copies a SQLite database into one file, while servers write to it. */
export const backup: Command = {
  name: 'backup',
  usage: 'FILE',
  meaning: 'copies the SQLite database into a new file while the server runs; says how for MariaDB and MySQL',
  options: {},
  words: 1,
  run({ positionals: [file = ''] }, terminal) {
    const database = databaseFile(loadSetting('DATABASE_URL'));
    reserve(file);
    try {
      copy(database, file);
      check(file);
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
    terminal.say(`${file} is a copy of ${database}, ${statSync(file).size} bytes, and was found whole.`);
    terminal.say('It holds password hashes and addresses of mail. Keep JWT_SECRET apart from it.');
    return Promise.resolve(0);
  },
};

function databaseFile(url: string): string {
  if (!url.startsWith(SQLITE)) {
    const tool = url.startsWith('mariadb:') ? 'mariadb-dump' : 'mysqldump';
    throw new CommandFailed(
      `DATABASE_URL is no SQLite file. Take the database's own tool: ${tool} --single-transaction NAME >FILE`,
    );
  }
  const path = url.slice(SQLITE.length);
  if (path === ':memory:') throw new CommandFailed('The database is in the memory of the server; there is no file.');
  if (!existsSync(path)) throw new CommandFailed(`There is no database ${path}.`);
  return path;
}

/** Makes the file, empty and for its owner only; SQLite fills what is empty and nothing else. */
function reserve(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new CommandFailed(isThere ? `${file} is there already; nothing was done.` : (error as Error).message);
  }
}

function copy(database: string, file: string): void {
  const source = new (sqliteDriver() as Driver)(database, {
    readonly: false,
    fileMustExist: true,
    timeout: PATIENCE_MS,
  });
  try {
    source.prepare('VACUUM INTO ?').run(file);
  } finally {
    source.close();
  }
}

/** A copy that cannot be read is none, and neither is one that a power cut takes away. */
function check(file: string): void {
  const made = new (sqliteDriver() as Driver)(file, { readonly: true, fileMustExist: true, timeout: PATIENCE_MS });
  const found = made.pragma('integrity_check', { simple: true });
  made.close();
  if (found !== 'ok') throw new CommandFailed(`The copy is damaged, and so may the database be: ${String(found)}`);
  const opened = openSync(file, 'r');
  fsyncSync(opened);
  closeSync(opened);
}
