import { describe, expect, it, onTestFinished } from 'vitest';
import { type DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { ask } from '../../src/database/ask.js';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';

interface Row {
  id: number;
}
const rows = new EntitySchema<Row>({ name: 'row', columns: { id: { type: Number, primary: true } } });

async function open(): Promise<DataSource> {
  const options = { ...databaseOptions('sqlite::memory:'), entities: [rows], migrations: [], synchronize: true };
  const dataSource = await openDatabase(options as DataSourceOptions);
  onTestFinished(() => dataSource.destroy());
  return dataSource;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Saves `count` rows in one transaction that lets others run between its statements. */
async function transaction(dataSource: DataSource, first: number, count: number, fail = false): Promise<void> {
  await dataSource.transaction(async (manager) => {
    for (let id = first; id < first + count; id += 1) {
      await manager.insert(rows, { id });
      await turn();
    }
    if (fail) throw new Error('rolled back');
  });
}

async function ids(dataSource: DataSource): Promise<number[]> {
  return (await dataSource.getRepository(rows).find({ order: { id: 'ASC' } })).map(({ id }) => id);
}

describe('transactions on the one connection of SQLite', () => {
  it('keep every acknowledged row, and none of the one that is rolled back', async () => {
    const dataSource = await open();
    const plain = async () => {
      for (let id = 400; id < 410; id += 1) {
        await dataSource.getRepository(rows).insert({ id });
        await turn();
      }
    };
    const results = await Promise.allSettled([
      transaction(dataSource, 100, 10),
      transaction(dataSource, 200, 10, true),
      transaction(dataSource, 300, 10),
      plain(),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    const expected = [100, 300, 400].flatMap((first) => Array.from({ length: 10 }, (_, index) => first + index));
    expect(await ids(dataSource)).toEqual(expected);
  });

  it('do not see what another one has not finished', async () => {
    const dataSource = await open();
    const writing = transaction(dataSource, 1, 5);
    await turn();
    const [seen] = await Promise.all([ids(dataSource), writing]);
    expect([[], [1, 2, 3, 4, 5]]).toContainEqual(seen);
  });

  it('leave the connection to others when they fail at their commit or are let go of without one', async () => {
    const dataSource = await open();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(rows, { id: 1 });
    await runner.release();
    await expect(transaction(dataSource, 2, 1)).resolves.toBeUndefined();
    expect(await ids(dataSource)).toEqual([2]);
  });

  it('may be nested', async () => {
    const dataSource = await open();
    await dataSource.transaction(async (outer) => {
      await outer.insert(rows, { id: 1 });
      await outer.transaction((inner) => inner.insert(rows, { id: 2 })).catch(() => undefined);
    });
    expect(await ids(dataSource)).toEqual([1, 2]);
  });
});

describe('a question to SQLite', () => {
  const COUNT = 'SELECT COUNT(*) AS count FROM row WHERE id > ?';

  it('is answered in the same turn once it is known, unless a transaction is open: then it waits for its end', async () => {
    const dataSource = await open();
    expect(await ask(dataSource, COUNT, [0])).toEqual([{ count: 0 }]);
    expect(ask(dataSource, COUNT, [0])).toEqual([{ count: 0 }]);
    const writing = transaction(dataSource, 1, 5);
    await turn();
    const during = ask(dataSource, COUNT, [2]);
    expect(during).toBeInstanceOf(Promise);
    expect(await during).toEqual([{ count: 3 }]);
    await writing;
    expect(ask(dataSource, COUNT, [0])).toEqual([{ count: 5 }]);
  });

  it('fails as any other statement does', async () => {
    const dataSource = await open();
    await ask(dataSource, COUNT, [0]);
    await dataSource.query('ALTER TABLE row RENAME TO elsewhere');
    await expect(ask(dataSource, COUNT, [0])).rejects.toThrow('no such table');
  });
});
