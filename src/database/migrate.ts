import type { DataSource } from 'typeorm';

const LOCK = 'hadir_migrations';
/** How long a node waits for another one that migrates, in seconds. */
const PATIENCE_S = 60;

/** Runs the migrations that are missing. Of nodes that start together one migrates, the others wait for it. */
export async function migrate(dataSource: DataSource): Promise<void> {
  if (dataSource.options.type === 'better-sqlite3') {
    await dataSource.runMigrations({ transaction: 'each' });
    return;
  }
  const runner = dataSource.createQueryRunner();
  try {
    await lock(runner);
    await dataSource.runMigrations({ transaction: 'none' });
    await runner.query('SELECT RELEASE_LOCK(?)', [LOCK]);
  } finally {
    await runner.release();
  }
}

/** Asks again and again: a statement that waits for long would run into the statement timeout. */
async function lock(runner: ReturnType<DataSource['createQueryRunner']>): Promise<void> {
  for (let second = 0; second < PATIENCE_S; second += 1) {
    const [answer] = (await runner.query('SELECT GET_LOCK(?, 1) AS taken', [LOCK])) as [{ taken: string | number }];
    if (Number(answer.taken) === 1) return;
  }
  throw new Error(`another node has been migrating the database for ${PATIENCE_S} s`);
}
