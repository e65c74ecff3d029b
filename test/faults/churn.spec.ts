import { describe, expect } from 'vitest';
import type { Member } from '../../bench/dialect.js';
import { JWT_SECRET, seed } from '../../bench/seed.js';
import { crowd, type Crowd } from '../support/crowd.js';
import { ask, connectTo } from '../support/databases.js';
import { drill, type Findings } from '../support/drill.js';
import { gauges } from '../support/metrics.js';
import { startNodes } from '../support/nodes.js';
import type { Namespace } from '../support/redis.js';
import { databaseFile } from '../support/scene.js';
import { type Server, startServer } from '../support/server.js';
import { comeAndGo, Stocktaking, VISITED_ENV } from '../support/visitors.js';

const PEOPLE = 200;
const ROOM = 20;
/** Who comes first, so that what is made once, and what is remembered of each, is there. */
const FIRST = 5000;
const VISITS = 100_000;
const VISITS_ON_REDIS = 20_000;
/** One in three goes in each way. */
const WAYS = 'a third say goodbye, a third hang up, a third are gone before they are let in';
const HEAP_PERCENT = 5;
/** So slow would be a server that gets slower with every visit, in milliseconds for each of them. */
const MAX_VISIT_MS = 5;
/** So many connections to the database may a node have. It opens them when it needs them, and keeps them. */
const POOL = 10;

async function wearOut(findings: Findings, node: Server, people: readonly Member[], visits: number): Promise<void> {
  const stock = await Stocktaking.of(node);
  await comeAndGo(node, people, FIRST);
  // The second look is at a heap that has settled too.
  const before = await stock.until(await stock.take(), HEAP_PERCENT / 100);
  findings.fault();
  await comeAndGo(node, people, visits);
  findings.within(`${visits.toLocaleString('en')} came and went`, visits * MAX_VISIT_MS);
  const after = await stock.until(before, HEAP_PERCENT / 100);
  findings.exactly('gauges above 0', (await gauges(node)).length, 0, 'gauges');
  const growth = (100 * (after.heap - before.heap)) / before.heap;
  findings.atMost('heap grown by', Number(growth.toFixed(2)), HEAP_PERCENT, '%');
  findings.atMost('open files more than before', after.openFiles - before.openFiles, 0, 'files');
  findings.atMost('timers and handles more than before', after.resources - before.resources, 3, 'resources');
}

/** Asks so much at once that the node opens all its connections to the database: none of them is left behind by a visit. */
async function fillPool({ url }: Server, { env, people }: Crowd): Promise<void> {
  const database = await connectTo(env.DATABASE_URL);
  const count = 'SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()';
  const askAll = async () => {
    const calls = people.map(({ token }) =>
      fetch(`${url}/api/v1/rooms`, { headers: { authorization: `Bearer ${token}`, connection: 'close' } }),
    );
    await Promise.all(calls);
    return (await ask(database, count)).length;
  };
  await expect.poll(askAll, { timeout: 30_000 }).toBe(POOL);
}

/** What stays in Redis until somebody takes it away. */
async function lastingKeys({ keys, command }: Namespace): Promise<string[]> {
  const all = await keys();
  const lifetimes = await Promise.all(all.map((key) => command('PTTL', key)));
  return all.filter((_, index) => lifetimes[index] === -1);
}

describe('Coming and going', () => {
  drill(
    {
      row: '30a',
      hypothesis: 'leaves nothing behind on a node by itself',
      action: `${VISITS.toLocaleString('en')} sockets of ${PEOPLE} users who share rooms of ${ROOM} are opened and ended, as fast as it goes; ${WAYS}`,
      timeoutMs: 600_000,
    },
    async (findings) => {
      const database = databaseFile();
      const rooms = Array.from({ length: PEOPLE / ROOM }, (_, room) =>
        Array.from({ length: ROOM }, (__, seat) => room * ROOM + seat),
      );
      const people = await seed(database, { users: PEOPLE, rooms });
      const node = await startServer({ env: { ...VISITED_ENV, DATABASE_URL: database, JWT_SECRET } });
      await wearOut(findings, node, people, VISITS);
    },
  );

  drill(
    {
      row: '30b',
      hypothesis: 'leaves nothing behind on a node with Redis and MariaDB, nor in Redis',
      action: `the same with ${VISITS_ON_REDIS.toLocaleString('en')} sockets on Redis and MariaDB`,
      timeoutMs: 600_000,
    },
    async (findings) => {
      const visitors = await crowd(PEOPLE, ROOM);
      const { nodes, redis } = await startNodes(1, { env: { ...visitors.env, ...VISITED_ENV } });
      const before = await lastingKeys(redis);
      await fillPool(nodes[0]!, visitors);
      await wearOut(findings, nodes[0]!, visitors.people, VISITS_ON_REDIS);
      const more = async () => (await lastingKeys(redis)).length - before.length;
      await expect.poll(more, { timeout: 20_000 }).toBe(0);
      findings.exactly('keys for good, more than before, in Redis', await more(), 0, 'keys');
      findings.atMost('keys that are gone within an hour', (await redis.keys()).length - before.length, PEOPLE, 'keys');
    },
  );
});
