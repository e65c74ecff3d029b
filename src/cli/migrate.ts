import { DataSource } from 'typeorm';
import { loadSettings } from '../config/env.js';
import { databaseOptions, openDatabase } from '../database/data-source.js';
import { shownAddress } from './address.js';
import type { Command } from './command.js';
import { appliedMigrations } from './schema.js';

/** Brings the tables up to date, as each start does; for those who want it done before, by another user, or in a job. */
export const migrate: Command = {
  name: 'migrate',
  usage: '',
  meaning: 'brings the tables of DATABASE_URL up to date; the server does the same at each start',
  options: {},
  words: 0,
  async run(_input, terminal) {
    const { url } = loadSettings().database;
    const before = new Set(await applied(url));
    const dataSource = await openDatabase(databaseOptions(url));
    const now = await appliedMigrations(dataSource);
    await dataSource.destroy();
    const fresh = now.filter((name) => !before.has(name));
    for (const name of fresh) terminal.say(`applied  ${name}`);
    terminal.say(`${shownAddress(url)} is up to date: ${fresh.length} applied, ${before.size} were there already.`);
    return 0;
  },
};

async function applied(url: string): Promise<string[]> {
  const dataSource = await new DataSource(databaseOptions(url)).initialize();
  try {
    return await appliedMigrations(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
