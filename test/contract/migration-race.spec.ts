import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { LOCK } from '../../src/database/migrate.js';
import { migrations } from '../../src/database/migrations.js';
import { ask, connectTo, databaseKinds } from '../support/databases.js';
import { Http } from '../support/http.js';
import { startServer } from '../support/server.js';

/** SQLite is promised to one node only. */
for (const { name, missing, create } of databaseKinds.filter((kind) => kind.name !== 'SQLite')) {
  it.skipIf(missing)(`Of two nodes that start on one empty ${name} one migrates, and the other waits`, async () => {
    const url = await create();
    const [migrating, watching] = [await connectTo(url), await connectTo(url)];
    await ask(migrating, `SELECT GET_LOCK(${LOCK}, 0)`);
    const env = { DATABASE_URL: url, SEED_DEMO: 'false', JWT_SECRET: randomUUID() };
    const starts = Promise.all([startServer({ env }), startServer({ env })]);
    const waiting = async () =>
      (
        await ask(
          watching,
          "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT GET_LOCK%'",
        )
      ).length;
    await expect.poll(waiting, { timeout: 15_000 }).toBe(2);
    expect(await ask(watching, 'SHOW TABLES')).toEqual([]);
    // The node that migrates dies: its lock goes with its connection.
    migrating.destroy();
    const servers = await starts;
    const done = await ask(watching, 'SELECT name FROM migrations ORDER BY timestamp');
    expect(done.flat()).toEqual(migrations.map((migration) => migration.name));
    const { user } = await new Http(servers[0]!.url).newcomer();
    expect((await new Http(servers[1]!.url).login(user.email)).user.id).toBe(user.id);
  });
}
