import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';
import { startApp } from '../support/app.js';
import { asItsUser, databaseKinds } from '../support/databases.js';
import { ADMIN, ADMIN_ENV, Http, type LoginData, PASSWORD } from '../support/http.js';

async function open(url: string) {
  const dataSource = await openDatabase(databaseOptions(url));
  onTestFinished(async () => {
    if (dataSource.isInitialized) await dataSource.destroy();
  });
  return dataSource;
}

describe.each(databaseKinds.filter(({ name }) => name !== 'SQLite'))('$name', ({ missing, create }) => {
  it.skipIf(missing)('is opened by a user with a password and rights to it alone', async () => {
    const env = { DATABASE_URL: await asItsUser(await create()) };
    const http = new Http((await startApp({ env })).url);
    expect((await http.newcomer()).user.id).toBeTruthy();
  });
});

describe.each(databaseKinds)('$name', ({ name, missing, create }) => {
  const test = missing === undefined ? it : it.skip;

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

  test('exchanges a refresh token once, for twenty who ask on two nodes', async () => {
    const env = { DATABASE_URL: await create(), JWT_SECRET: 'one secret for both nodes of this test' };
    // Two processes on one SQLite file are not promised anything.
    const nodes = await Promise.all(Array.from({ length: name === 'SQLite' ? 1 : 2 }, () => startApp({ env })));
    const https = nodes.map(({ url }) => new Http(url));
    const [http = new Http('')] = https;
    const login = await http.newcomer();
    const body = { refresh_token: login.refresh_token };
    const ask = async (index: number) =>
      (https[index % https.length] ?? http).post<LoginData>('auth/refresh', { body });
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index)));
    expect(replies.map((reply) => reply.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(replies.map((reply) => reply.body.data.refresh_token)).size).toBe(1);
    const next = { refresh_token: replies[0]?.body.data.refresh_token };
    expect((await http.post('auth/refresh', { body: next })).status).toBe(200);
  });

  test('never loses the last administrator, and finds people by what stands in their names', async () => {
    const http = new Http((await startApp({ env: { DATABASE_URL: await create(), ...ADMIN_ENV } })).url);
    const first = await http.login(ADMIN.email, ADMIN.password);
    const second = await http.newcomer('50%_Off!');
    const change = (id: string, role: string) =>
      http.patch(`admin/users/${id}`, { token: first.access_token, body: { role } });
    expect((await change(second.user.id, 'admin')).status).toBe(200);
    const demotions = await Promise.all([change(second.user.id, 'user'), change(first.user.id, 'user')]);
    expect(demotions.filter(({ status }) => status === 200)).toHaveLength(1);
    const found = async (q: string) => {
      const call = { token: second.access_token };
      return (await http.get<{ items: unknown[] }>(`users?q=${encodeURIComponent(q)}`, call)).body.data.items.length;
    };
    expect([await found('0%_o'), await found('5_%'), await found('FF!')]).toEqual([1, 0, 1]);
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
