import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';
import { startApp } from '../support/app.js';
import { databaseKinds } from '../support/databases.js';
import { Http, PASSWORD } from '../support/http.js';

async function open(url: string) {
  const dataSource = await openDatabase(databaseOptions(url));
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}

describe.each(databaseKinds)('$name', ({ name, missing, create }) => {
  const test = missing === undefined ? it : it.skip;
  if (missing !== undefined) console.warn(`${name} is left out: ${missing}`);

  test('has after the migrations exactly the schema of the entities', async () => {
    const dataSource = await open(await create());
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  test('goes back to nothing, step by step', async () => {
    const dataSource = await open(await create());
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration({ transaction: 'none' });
    const runner = dataSource.createQueryRunner();
    const tables = await Promise.all(dataSource.entityMetadatas.map(({ tableName }) => runner.hasTable(tableName)));
    await runner.release();
    expect(tables).not.toContain(true);
  });

  test('is migrated once when several nodes start together on an empty one', async () => {
    const url = await create();
    const opened = await Promise.all(Array.from({ length: name === 'SQLite' ? 1 : 3 }, () => open(url)));
    for (const dataSource of opened) expect(await dataSource.showMigrations()).toBe(false);
  });

  test('keeps accounts and sessions over a restart', async () => {
    const env = { DATABASE_URL: await create() };
    const first = await startApp({ env });
    const email = await new Http(first.url).register('Sari');
    const { access_token: token } = await new Http(first.url).login(email);
    await first.close();
    const again = new Http((await startApp({ env })).url);
    expect((await again.get('users/me', { token })).body.data).toMatchObject({ email, display_name: 'Sari' });
    expect((await again.post('auth/login', { body: { email, password: PASSWORD } })).status).toBe(200);
  });

  test('keeps times to the millisecond, in UTC', async () => {
    const dataSource = await open(await create());
    const createdAt = new Date('2026-03-29T01:30:00.123Z');
    const users = dataSource.getRepository('users');
    const person = {
      email: 'a@example.com',
      passwordHash: 'x',
      displayName: 'Ünïcödé 👋',
      role: 'user',
      disabledAt: null,
    };
    await users.insert({ id: '01890000-0000-7000-8000-000000000000', ...person, createdAt });
    expect(await users.findOneByOrFail({ email: person.email })).toMatchObject({ ...person, createdAt });
  });
});
