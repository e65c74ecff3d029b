import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { RefreshChain } from '../../src/auth/refresh-chain.js';
import { Sessions } from '../../src/auth/sessions.service.js';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { Origins } from '../../src/origins/origins.service.js';
import { Memberships } from '../../src/rooms/memberships.service.js';
import { RoomStore } from '../../src/rooms/room-store.js';
import type { PasswordHolder, User } from '../../src/users/user.js';
import { Users } from '../../src/users/users.service.js';
import { startApp } from './app.js';
import type { DatabaseKind } from './databases.js';
import { TestClock } from './test-clock.js';

/** What a node keeps in its database, by the classes that keep it. */
export interface Stores {
  readonly clock: TestClock;
  readonly database: DataSource;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly chain: RefreshChain;
  readonly rooms: RoomStore;
  readonly memberships: Memberships;
  readonly origins: Origins;
}

type Env = Record<string, string>;

/** The stores of one node on a new database. */
export async function openStores(kind: DatabaseKind, env: Env = {}): Promise<Stores> {
  return storesOf({ DATABASE_URL: await kind.create(), ...env });
}

/** The stores of two nodes on one new database, that hear each other. On SQLite, which is promised to one node only, both are the same. */
export async function openTwice(kind: DatabaseKind, env: Env = {}): Promise<[Stores, Stores]> {
  const shared = { DATABASE_URL: await kind.create(), ...env };
  const backend = new MemoryBackend();
  const first = await storesOf(shared, backend);
  return [first, kind.name === 'SQLite' ? first : await storesOf(shared, backend)];
}

export async function storesOf(env: Env, backend = new MemoryBackend()): Promise<Stores> {
  const clock = new TestClock();
  const { app } = await startApp({ clock, env, backend });
  return {
    clock,
    database: app.get(DataSource),
    users: app.get(Users),
    sessions: app.get(Sessions),
    chain: app.get(RefreshChain),
    rooms: app.get(RoomStore),
    memberships: app.get(Memberships),
    origins: app.get(Origins),
  };
}

/** What the password of every `newUser` is stored as. */
const HASH = 'a hash';

export function newUser({ users }: Stores, what: { email?: string; displayName?: string } = {}): Promise<User> {
  const unique = { email: `${randomUUID()}@example.com`, displayName: 'Somebody' };
  return users.create({ ...unique, ...what, passwordHash: HASH, role: 'user' });
}

/** A user as a login holds them between the check of the password and the session. */
export function holderOf(user: User): PasswordHolder {
  return { user, passwordHash: HASH };
}

/** How many of the calls came to each end: 'done', or the code of the problem. */
export async function outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of await Promise.allSettled(calls)) {
    const outcome = result.status === 'fulfilled' ? 'done' : codeOf(result.reason);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : String(error);
}

/** All rows of a list, page by page. @param next the page that begins after a row */
export async function allPages<Row>(next: (last: Row | undefined) => Promise<Row[]>): Promise<Row[]> {
  const all: Row[] = [];
  for (let rows = await next(undefined); rows.length > 0; rows = await next(all.at(-1))) all.push(...rows);
  return all;
}
