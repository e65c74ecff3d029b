import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';

/** SQL for the name of the lock: its database's own, as a server may have several; of 64 characters at most, without the SHA1 that MySQL 9 lacks. */
export const LOCK = "CONCAT('hadir_migrations_', LEFT(SHA2(DATABASE(), 256), 40))";
/** How long a node waits for another one that migrates, in seconds. */
const PATIENCE_S = 300;

/** Brings the tables up to date before anybody uses them. */
export async function migrate(dataSource: DataSource): Promise<void> {
  if (dataSource.options.type === 'better-sqlite3') await dataSource.runMigrations({ transaction: 'each' });
  else await migrateServer(dataSource.options);
}

/** Over connections without deadlines: a change to a large table may take longer than any statement of the service is allowed to. */
async function migrateServer(options: DataSourceOptions): Promise<void> {
  const dataSource = await new DataSource(options).initialize();
  try {
    const runner = dataSource.createQueryRunner();
    await takeLock(runner);
    await dataSource.runMigrations({ transaction: 'none' });
    await runner.query(`SELECT RELEASE_LOCK(${LOCK})`);
    await runner.release();
  } finally {
    await dataSource.destroy();
  }
}

/** Of nodes that start together one migrates, and the others wait for it. The lock goes when its connection does. */
async function takeLock(runner: QueryRunner): Promise<void> {
  const [answer] = (await runner.query(`SELECT GET_LOCK(${LOCK}, ?) AS taken`, [PATIENCE_S])) as [{ taken: unknown }];
  if (Number(answer.taken) !== 1) throw new Error(`another node has been migrating the database for ${PATIENCE_S} s`);
}
