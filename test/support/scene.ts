import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { startApp, type StartOptions, type TestApp } from './app.js';
import { newPerson, type Person } from './people.js';
import { connect, type TestSocket } from './socket.js';
import { TestClock } from './test-clock.js';

export interface Scene {
  readonly app: TestApp;
  readonly clock: TestClock;
}

/** So far ahead that no test with a moved clock runs into it. */
const UNHURRIED = { HEARTBEAT_INTERVAL: '24h', ACCESS_TOKEN_TTL: '20d' };

/** A server whose time stands still until it is moved on. */
export async function scene({
  env = {},
  clock = new TestClock(),
  ...rest
}: StartOptions & { clock?: TestClock } = {}): Promise<Scene> {
  return { app: await startApp({ env: { ...UNHURRIED, ...env }, clock, ...rest }), clock };
}

/** An address of a SQLite file that is gone after the test. */
export function databaseFile(): string {
  const file = join(tmpdir(), `hadir-${randomUUID()}.db`);
  onTestFinished(() => ['', '-wal', '-shm'].forEach((end) => rmSync(file + end, { force: true })));
  return `sqlite:${file}`;
}

/** Several nodes over one backend and one database, one for each clock. */
export async function nodes(clocks: readonly TestClock[], env: Record<string, string> = {}): Promise<TestApp[]> {
  const backend = new MemoryBackend();
  const shared = { DATABASE_URL: databaseFile(), ...env };
  const apps: TestApp[] = [];
  for (const clock of clocks) apps.push((await scene({ env: shared, clock, backend })).app);
  return apps;
}

/** New accounts that share a room, which the first of them owns. */
export async function roommates<const Names extends readonly string[]>(
  app: Pick<TestApp, 'url'>,
  ...names: Names
): Promise<{ room: string; people: { [Index in keyof Names]: Person } }> {
  const people: Person[] = [];
  for (const name of names) people.push(await newPerson(app, name));
  return { room: await roomOf(people), people: people as { [Index in keyof Names]: Person } };
}

/** A room of the first, with the others in it. */
export async function roomOf([owner, ...others]: readonly Person[]): Promise<string> {
  const body = { name: 'kamar', member_ids: others.map(({ id }) => id) };
  return (await owner!.succeed<{ id: string }>('POST', 'rooms', body)).id;
}

/** Connects, and waits until the connection has seen who is there. */
export async function enter(app: Pick<TestApp, 'wsUrl'>, person: Person): Promise<TestSocket> {
  const socket = await connect(app.wsUrl, person.token);
  await socket.next('presence_snapshot');
  return socket;
}

/** What a socket was told of a user's status, in order. */
export function told(socket: TestSocket, userId: string): Record<string, unknown>[] {
  const about = socket.ofType('user_status_change').map(({ data }) => data as Record<string, unknown>);
  return about.filter(({ user_id }) => user_id === userId);
}

export function statuses(socket: TestSocket, userId: string): unknown[] {
  return told(socket, userId).map(({ status }) => status);
}

/** The same, each version once: what happened just before a link broke may be told twice. */
export function changes(socket: TestSocket, userId: string): unknown[] {
  const byVersion = new Map(told(socket, userId).map(({ version, status }) => [version, status]));
  return [...byVersion.values()];
}

/** Waits until the socket was told of so many changes of a user's status, however often of each. @returns the newest */
export function change(
  socket: TestSocket,
  userId: string,
  count: number,
  patienceMs?: number,
): Promise<Record<string, unknown>> {
  const newest = () => {
    const each = new Map(told(socket, userId).map((data) => [`${String(data.version)} ${String(data.status)}`, data]));
    return [...each.values()][count - 1];
  };
  return socket.until(newest, `change ${count} of ${userId}`, patienceMs);
}
