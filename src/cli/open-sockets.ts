import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '../config/settings.js';
import type { Redis } from '../redis/redis.js';
import { minutes } from './minutes.js';
import type { Terminal } from './terminal.js';

/** How long nodes may take to close sockets, in milliseconds, and how often is looked. */
export const PATIENCE_MS = 3000;
const LOOK_EVERY_MS = 50;
/** Entries in one answer of Redis. */
const BATCH = 500;

/** Where no Redis is named no node is told; this says what comes of it. @returns whether one is named */
export function toldByRedis({ cluster, auth }: Settings, advice: readonly string[], terminal: Terminal): boolean {
  if (cluster.redisUrls !== undefined) return true;
  terminal.complain(
    [
      `REDIS_URL is not set here, so no running node is told. Every node refuses their requests and new sockets from`,
      `now on, but sockets that are open stay so until their access token ends, up to ${minutes(auth.accessTokenTtlMs)} (ACCESS_TOKEN_TTL).`,
      'To close them now: where the nodes have a Redis, run this once more with their REDIS_URL and REDIS_PREFIX. A single',
      ...advice,
    ].join('\n'),
  );
  return false;
}

/** Waits until `count` says that no socket is left, as long as nodes may take. @returns how many are left */
export async function untilNone(count: () => Promise<number>): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  let left;
  do {
    // Also before the first look: what tells the nodes leaves in the next turn.
    await pause(LOOK_EVERY_MS);
    left = await count();
  } while (left > 0 && Date.now() < deadline);
  return left;
}

/** The sockets that are open on any node. */
export async function openSockets(redis: Redis): Promise<OpenSocket[]> {
  const found = new Map<string, OpenSocket>();
  let cursor = '0';
  do {
    const key = redis.keys.connections.entries;
    const [next, flat] = await redis.send<[string, string[]]>('HSCAN', key, cursor, 'COUNT', BATCH);
    for (let at = 1; at < flat.length; at += 2) {
      const socket = JSON.parse(flat[at] ?? '') as OpenSocket;
      found.set(socket.id, socket);
    }
    cursor = next;
  } while (cursor !== '0');
  return [...found.values()];
}

interface OpenSocket {
  readonly id: string;
  readonly userId: string;
  readonly sessionId: string;
}
