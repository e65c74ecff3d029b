import type { Clock } from '../common/clock.js';
import { openCluster, serversOf } from './cluster.js';
import { RedisOutage } from './outage.js';
import type { Opening, Server } from './server.js';
import { openSingle } from './single.js';

interface Dialled extends Opening {
  readonly address: string;
  /** Empty: it belongs to no cluster. */
  readonly cluster: readonly string[];
}

/** How long until a server has accepted a connection and answered, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2000;

/**
 * Connects to the first of these servers that answers, or to the cluster it belongs to.
 * @param onLost called when the connection breaks by itself; perhaps more than once @throws RedisOutage
 */
export async function connect(
  addresses: readonly string[],
  clock: Clock,
  onLost: (reason: string) => void,
): Promise<Server> {
  const isAlone = addresses.length === 1;
  const first = await firstOf(addresses.map((address) => dial(address, isAlone, clock)));
  if (first.cluster.length === 0) {
    first.onLost(onLost);
    return first.server;
  }
  first.server.destroy();
  const cluster = openCluster(first.address, first.cluster, CONNECT_TIMEOUT_MS);
  cluster.onLost(onLost);
  await inTime(clock, cluster, cluster.open);
  return cluster.server;
}

/** The others are ended as soon as they answer. @throws RedisOutage what the first address met, where none answers */
async function firstOf(dialled: readonly Promise<Dialled>[]): Promise<Dialled> {
  const first = await Promise.any(dialled).catch(async () => dialled[0] as Promise<Dialled>);
  for (const other of dialled) {
    void other.then(
      ({ server }) => server !== first.server && server.destroy(),
      () => undefined,
    );
  }
  return first;
}

async function dial(address: string, isAlone: boolean, clock: Clock): Promise<Dialled> {
  const single = openSingle(address, CONNECT_TIMEOUT_MS);
  const cluster = await inTime(clock, single, async () => {
    await single.open();
    const ask = async (...command: string[]) => single.server.send('', command);
    const [cluster, replication] = await Promise.all([ask('INFO', 'cluster'), ask('INFO', 'replication')]);
    if (/^cluster_enabled:1/m.test(String(cluster))) return serversOf(address, await ask('CLUSTER', 'SLOTS'));
    if (!isAlone) throw new Error('it belongs to no cluster, and only the servers of one may be several');
    if (/^role:slave/m.test(String(replication))) throw new Error('it is a replica and cannot be written to');
    return [];
  });
  return { ...single, address, cluster };
}

async function inTime<Result>(clock: Clock, { server }: Opening, open: () => Promise<Result>): Promise<Result> {
  let isLate = false;
  const cancel = clock.after(CONNECT_TIMEOUT_MS, () => {
    isLate = true;
    server.destroy();
  });
  try {
    return await open();
  } catch (error) {
    server.destroy();
    throw new RedisOutage(isLate ? 'it does not answer' : String(error));
  } finally {
    cancel();
  }
}
