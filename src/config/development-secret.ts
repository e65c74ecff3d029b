import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomToken } from '../common/ids.js';

/**
 * The signing secret of a development machine: made once and kept beside the database, so that tokens survive a restart.
 * @param databaseUrl decides the folder; a database elsewhere keeps it in ./data, one in memory keeps it nowhere.
 */
export function developmentSecret(databaseUrl: string): string {
  const path = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : './data/hadir.db';
  if (path === ':memory:') return randomToken(48);
  const file = join(dirname(path), 'jwt-secret');
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, randomToken(48), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
