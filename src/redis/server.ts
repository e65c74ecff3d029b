import { createClient, createCluster } from 'redis';
import type { Clock } from '../common/clock.js';
import { RedisOutage } from './outage.js';

export type Reply = string | number | null | Reply[];
export type Hear = (message: string, channel: string) => void;

/** One connection to Redis, or to a Redis Cluster, for as long as it holds. It is never mended: a new one takes its place. */
export interface Server {
  /** @param key decides in a cluster who is asked */
  send(key: string, args: readonly string[]): Promise<Reply>;
  publish(channel: string, message: string): Promise<unknown>;
  /** @param channels of one hash tag */
  subscribe(channels: string[], hear: Hear): Promise<void>;
  unsubscribe(channels: string[]): Promise<void>;
  /** Ends it; everything under way fails. Calling it twice is harmless. */
  destroy(): void;
}

/** How long until a server has accepted a connection and answered, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2000;
/** Commands that may wait for their answer at once on one connection. More fail as an outage. */
const MAX_QUEUE = 50_000;

const client = {
  RESP: 2,
  name: 'hadir',
  disableOfflineQueue: true,
  commandsQueueMaxLength: MAX_QUEUE,
  maintNotifications: 'disabled',
  disableClientInfo: true,
} as const;
const socket = { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false } as const;

/** Connects. @param onLost called when the connection breaks by itself; perhaps more than once @throws RedisOutage */
export async function connect(url: string, clock: Clock, onLost: (reason: string) => void): Promise<Server> {
  const single = openSingle(url, onLost);
  const isCluster = await inTime(clock, single, async () => {
    await single.open();
    return /^cluster_enabled:1/m.test(String(await single.server.send('', ['INFO', 'cluster'])));
  });
  if (!isCluster) return single.server;
  single.server.destroy();
  const cluster = openCluster(url, onLost);
  await inTime(clock, cluster, () => cluster.open());
  return cluster.server;
}

interface Opening {
  readonly server: Server;
  readonly open: () => Promise<unknown>;
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

function openSingle(url: string, onLost: (reason: string) => void): Opening {
  const single = createClient({ ...client, url, socket });
  single.on('error', (error: Error) => onLost(error.message));
  const server: Server = {
    send: (_key, args) => single.sendCommand<Reply>([...args]),
    publish: (channel, message) => single.publish(channel, message),
    subscribe: (channels, hear) => single.subscribe(channels, hear),
    unsubscribe: (channels) => single.unsubscribe(channels),
    destroy: () => {
      if (single.isOpen) single.destroy();
    },
  };
  return { server, open: () => single.connect() };
}

/** Sharded pub/sub: what is published stays on the servers of its slot. */
function openCluster(url: string, onLost: (reason: string) => void): Opening {
  const { username, password, protocol } = new URL(url);
  const defaults = {
    ...client,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    socket: protocol === 'rediss:' ? { ...socket, tls: true as const } : socket,
  };
  const cluster = createCluster({ rootNodes: [{ url }], defaults, RESP: 2 });
  cluster.on('error', (error: Error) => onLost(error.message));
  cluster.on('node-error', (error: Error) => onLost(error.message));
  const server: Server = {
    send: (key, args) => cluster.sendCommand<Reply>(key, false, [...args]),
    publish: (channel, message) => cluster.sPublish(channel, message),
    subscribe: (channels, hear) => cluster.sSubscribe(channels, hear),
    unsubscribe: (channels) => cluster.sUnsubscribe(channels),
    destroy: () => {
      if (cluster.isOpen) cluster.destroy();
    },
  };
  return { server, open: () => cluster.connect() };
}
