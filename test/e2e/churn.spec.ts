import { describe, expect, it } from 'vitest';
import { JWT_SECRET, seed } from '../../bench/seed.js';
import { gauges } from '../support/metrics.js';
import { databaseFile } from '../support/scene.js';
import { startServer } from '../support/server.js';
import { comeAndGo, Stocktaking, VISITED_ENV } from '../support/visitors.js';

const FIRST = 1000;
const VISITS = 3000;
/** A connection that is kept by mistake holds some kilobytes: 3,000 of them would be far more. The drill 30a is stricter. */
const HEAP_GROWTH = 0.05;

describe('3,000 sockets that come and go', () => {
  it('leave no socket, no timer, no count and no memory behind', { timeout: 120_000 }, async () => {
    const database = databaseFile();
    const people = await seed(database, { users: 20, rooms: [[0, 1, 2, 3, 4]] });
    const server = await startServer({ env: { ...VISITED_ENV, DATABASE_URL: database, JWT_SECRET } });
    const stock = await Stocktaking.of(server);
    await comeAndGo(server, people, FIRST);
    const before = await stock.until(await stock.take(), HEAP_GROWTH);
    await comeAndGo(server, people, VISITS);
    await stock.until(before, HEAP_GROWTH);
    expect(await gauges(server)).toEqual([]);
  });
});
