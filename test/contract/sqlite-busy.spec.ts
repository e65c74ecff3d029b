import { describe, expect, it, onTestFinished } from 'vitest';
import { type DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';
import { asProblem } from '../../src/database/outage.js';
import { databaseFile } from '../support/scene.js';
import { openSqlite } from '../support/sqlite-file.js';

interface Row {
  id: number;
  text: string;
}
const rows = new EntitySchema<Row>({
  name: 'row',
  columns: { id: { type: Number, primary: true }, text: { type: String } },
});

async function open() {
  const url = databaseFile();
  const options = { ...databaseOptions(url), entities: [rows], migrations: [], synchronize: true };
  const dataSource = await openDatabase(options as DataSourceOptions);
  onTestFinished(() => dataSource.destroy());
  return { dataSource, table: dataSource.getRepository(rows), file: url.slice('sqlite:'.length) };
}

const insertBy = {
  'a plain statement': (dataSource: DataSource, row: Row) => dataSource.getRepository(rows).insert(row),
  'a transaction that reads first': (dataSource: DataSource, row: Row) =>
    dataSource.transaction(async (manager) => {
      await manager.find(rows);
      await manager.insert(rows, row);
    }),
};

describe('a SQLite file that somebody else holds', () => {
  it.each(Object.entries(insertBy))('is waited for by %s, while others read', async (_, insert) => {
    const { dataSource, table, file } = await open();
    await table.insert({ id: 1, text: 'before' });
    const holder = openSqlite(file);
    holder.exec('BEGIN IMMEDIATE');
    let waits = true;
    const writing = insert(dataSource, { id: 2, text: 'after' }).finally(() => (waits = false));
    for (let turn = 0; turn < 20; turn += 1) expect(await table.count()).toBe(1);
    expect(waits).toBe(true);
    holder.exec('COMMIT');
    await writing;
    expect(await table.count()).toBe(2);
  });

  it('is given up after five seconds, in which the event loop goes on', async () => {
    const { table, file } = await open();
    openSqlite(file).exec('BEGIN IMMEDIATE');
    const began = performance.now();
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 10);
    onTestFinished(() => clearInterval(ticking));
    const failure: unknown = await table.insert({ id: 1, text: 'never' }).catch((error: unknown) => error);
    expect(asProblem(failure)?.code).toBe('unavailable');
    expect(performance.now() - began).toBeGreaterThan(4900);
    expect(turns).toBeGreaterThan(100);
  });
});

describe('a SQLite file that cannot grow', () => {
  it('refuses what does not fit, transactions too, and takes what comes when there is room again', async () => {
    const { dataSource, table } = await open();
    const [{ page_count: pages }] = await dataSource.query<[{ page_count: number }]>('PRAGMA page_count');
    await dataSource.query(`PRAGMA max_page_count = ${pages}`);
    const big = (id: number): Row => ({ id, text: 'x'.repeat(100_000) });
    for (const [index, insert] of Object.values(insertBy).entries()) {
      const failure: unknown = await insert(dataSource, big(index)).catch((error: unknown) => error);
      expect(asProblem(failure)?.code).toBe('unavailable');
      expect(await table.count()).toBe(0);
    }
    await dataSource.query('PRAGMA max_page_count = 1000000');
    for (const [index, insert] of Object.values(insertBy).entries()) await insert(dataSource, big(index));
    expect(await table.count()).toBe(2);
  });
});
