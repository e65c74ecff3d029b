import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { drill } from '../support/drill.js';
import { Http, type LoginData, PASSWORD } from '../support/http.js';
import { newPerson, Person } from '../support/people.js';
import { Pulse } from '../support/pulse.js';
import { enter } from '../support/scene.js';
import { type Server, startServer } from '../support/server.js';
import { openSqlite } from '../support/sqlite-file.js';

const KILLS = 50;
/** Files that are killed over at the same time, to save time. */
const FILES = 2;
/** Clients that write all the time. */
const WRITERS = 4;
const LOCK_MS = 3000;
const DISK_BYTES = 4 * 1024 * 1024;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hadir-sqlite-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const serverOn = (file: string) =>
  startServer({
    env: {
      DATABASE_URL: `sqlite:${file}`,
      JWT_SECRET: 'a secret that outlives the process, surely',
      SEED_DEMO: 'false',
    },
  });

/** Makes rooms until the server is gone. @returns the ids of those that it said were made */
async function storm({ url }: Server, login: LoginData): Promise<string[]> {
  const http = new Http(url);
  const made: string[] = [];
  for (;;) {
    const call = { token: login.access_token, body: { name: `kamar ${made.length}` } };
    const reply = await http.post<{ id: string }>('rooms', call).catch(() => undefined);
    if (!reply) return made;
    expect(reply.status).toBe(201);
    made.push(reply.body.data.id);
  }
}

interface Tally {
  acknowledged: number;
  lost: number;
  corrupt: number;
}

/** Kills servers on one file, one after the other, each in a storm. */
async function killOver(file: string, kills: number, tally: Tally): Promise<void> {
  let login: LoginData | undefined;
  for (let round = 0; round < kills; round += 1) {
    const server = await serverOn(file);
    const person = (login ??= await new Http(server.url).newcomer());
    const storms = Array.from({ length: WRITERS }, () => storm(server, person));
    const enough = { timeout: 10_000, interval: 1 };
    const before = server.output.length;
    await expect.poll(() => server.output.length > before + 1000 * (1 + (round % 5)), enough).toBe(true);
    server.kill('SIGKILL');
    const made = (await Promise.all(storms)).flat();
    await server.exited;
    tally.acknowledged += made.length;
    const database = openSqlite(file);
    if (database.pragma('integrity_check', { simple: true }) !== 'ok') tally.corrupt += 1;
    const stored = new Set(database.prepare('SELECT id FROM rooms').pluck().all());
    tally.lost += made.filter((id) => !stored.has(id)).length;
    database.close();
  }
}

/** A disk of its own, as small as that. It is gone with the test. */
function smallDisk(): string {
  const path = join(folder(), 'disk');
  mkdirSync(path);
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'none', path);
  onTestFinished(() => asRoot('umount', '--lazy', path));
  return path;
}

function asRoot(...command: string[]): void {
  const [program = '', ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  const { status, stderr } = spawnSync(program, rest);
  if (status !== 0) throw new Error(`this drill needs to ${command[0]}: ${String(stderr)}`);
}

/** @returns how to make room again */
function fill(disk: string): () => void {
  const ballast = join(disk, 'ballast');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  return () => rmSync(ballast);
}

const login = ({ url }: Server, { email }: Person) =>
  new Http(url).post('auth/login', { body: { email, password: PASSWORD } });

describe('A server on SQLite', () => {
  drill(
    {
      row: '39a',
      hypothesis: 'loses nothing it has acknowledged when it is killed while it writes',
      action: `${KILLS} times: ${WRITERS} clients make rooms as fast as they can, kill -9, integrity_check, every acknowledged room is looked for`,
      timeoutMs: 300_000,
    },
    async (findings) => {
      const tally: Tally = { acknowledged: 0, lost: 0, corrupt: 0 };
      const files = Array.from({ length: FILES }, () => join(folder(), 'hadir.db'));
      await Promise.all(files.map((file) => killOver(file, KILLS / FILES, tally)));
      findings.atLeast('acknowledged', tally.acknowledged, KILLS, 'rooms');
      findings.exactly('acknowledged and lost', tally.lost, 0, 'rooms');
      findings.exactly('files that are not whole', tally.corrupt, 0, 'times');
    },
  );

  drill(
    {
      row: '39b',
      hypothesis: 'waits for a file that another process has locked, and its sockets and readers do not wait with it',
      action: `another process holds the write lock for ${LOCK_MS} ms; a login begins right after it takes it`,
    },
    async (findings) => {
      const file = join(folder(), 'hadir.db');
      const server = await serverOn(file);
      const ani = await newPerson(server, 'ani');
      const pulse = new Pulse(await enter(server, ani));
      const holder = openSqlite(file);
      holder.exec('BEGIN IMMEDIATE');
      findings.fault();
      const began = performance.now();
      setTimeout(() => holder.exec('COMMIT'), LOCK_MS);
      const waiting = login(server, ani);
      await ani.succeed('GET', 'users/me');
      findings.within('reading', 1000);
      const { status } = await waiting;
      findings.exactly('login', status, 200, '(HTTP status)');
      findings.atLeast('login waited', Math.round(performance.now() - began), LOCK_MS, 'ms');
      findings.within('login was there', LOCK_MS + 1000);
      findings.atMost('ping meanwhile, 99 % within', await pulse.p99(), 100, 'ms');
    },
  );

  drill(
    {
      row: '39c',
      hypothesis: 'refuses writes while the disk is full, keeps its sockets, and writes again when there is room',
      action: `the file lies on a disk of ${DISK_BYTES / 1024} KiB, which another file fills`,
    },
    async (findings) => {
      const disk = smallDisk();
      const server = await serverOn(join(disk, 'hadir.db'));
      const ani = await newPerson(server, 'ani');
      const socket = await enter(server, ani);
      const makeRoom = fill(disk);
      const write = () => ani.call('POST', 'rooms', { body: { name: 'x'.repeat(100) } });
      await expect.poll(async () => (await write()).status, { timeout: 10_000, interval: 1 }).not.toBe(201);
      findings.fault();
      const refused = [await write(), await login(server, ani), await write()];
      const wrong = refused.filter(({ status, headers }) => status !== 503 || !headers.get('retry-after'));
      findings.exactly('answers other than 503 with Retry-After', wrong.length, 0, 'answers');
      await ani.succeed('GET', 'users/me');
      await socket.settled();
      makeRoom();
      findings.fault();
      await expect.poll(async () => (await write()).status, { timeout: 10_000, interval: 20 }).toBe(201);
      findings.within('writing recovered', 5000);
      findings.exactly('login', (await login(server, ani)).status, 200, '(HTTP status)');
      await socket.settled();
      findings.exactly('sockets that were lost', Number(Boolean(socket.closed)), 0, 'sockets');
    },
  );
});
