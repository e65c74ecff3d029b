import { databaseKinds } from './databases.js';
import { findRedisServer, RedisServer } from './redis-server.js';
import { address, namespace, type Namespace } from './redis.js';
import { type Server, startServer } from './server.js';

export interface Nodes {
  readonly nodes: readonly Server[];
  readonly redis: Namespace;
  /** Starts one more on the same servers. */
  readonly join: (env?: Record<string, string>) => Promise<Server>;
}

interface Options {
  /** Settings of every node. DATABASE_URL and REDIS_URL may lead through a proxy. */
  readonly env?: Record<string, string>;
  readonly redisUrl?: string;
  readonly databaseUrl?: string;
}

/** An empty database on the MariaDB of the tests. @returns its DATABASE_URL */
export function mariadb(): Promise<string> {
  const kind = databaseKinds.find(({ name }) => name === 'MariaDB');
  if (!kind || kind.missing) throw new Error(`drills need MariaDB: ${kind?.missing}`);
  return kind.create();
}

/** A Redis that a drill may break. */
export function ownRedis(): Promise<RedisServer> {
  const program = findRedisServer();
  if (!program) throw new Error('drills need redis-server');
  return RedisServer.start(program);
}

/** Starts so many real servers on one MariaDB and one Redis. They are gone with the test. */
export async function startNodes(count: number, { env = {}, redisUrl, databaseUrl }: Options = {}): Promise<Nodes> {
  if (!address) throw new Error('drills need TEST_REDIS_URL');
  const redis = await namespace();
  const shared = {
    DATABASE_URL: databaseUrl ?? (await mariadb()),
    REDIS_URL: redisUrl ?? redis.url,
    REDIS_PREFIX: redis.prefix,
    JWT_SECRET: 'a secret of the drills, of no use to anybody',
    SEED_DEMO: 'false',
    ...env,
  };
  const join = (own: Record<string, string> = {}) => startServer({ env: { ...shared, ...own } });
  const first = await join();
  const others = await Promise.all(Array.from({ length: count - 1 }, () => join()));
  return { nodes: [first, ...others], redis, join };
}
