import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContenderName } from './contenders.js';
import { contenders, launch } from './contenders.js';
import { openAll, targetOf, type Client, type Target } from './client.js';
import type { Member } from './dialect.js';
import { forget } from './redis.js';
import { type Census, seed } from './seed.js';
import { ServerProcess } from './server-process.js';

interface Population {
  readonly database: string;
  readonly members: readonly Member[];
}

interface LaunchOptions {
  /** With Node's inspector. */
  readonly inspected?: boolean;
}

/** What all rows share: where things lie, how long to measure, who lives in the databases. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'hadir-bench-'));
  readonly redisPrefix = `bench-${Math.random().toString(36).slice(2, 10)}`;
  /** A smoke run starts each peer once: they know of rooms only what their members say. */
  private readonly kept = new Map<string, Promise<ServerProcess>>();
  private usedRedis = false;
  private readonly populations = new Map<string, Promise<Population>>();

  constructor(
    readonly isSmoke: boolean,
    readonly windowMs: number,
    private readonly inspectsHadir: boolean,
  ) {}

  /** A number as it is measured, or the small one that shows that it could be. */
  size(full: number, smoke: number): number {
    return this.isSmoke ? smoke : full;
  }

  /** A database with these people in it: seeded once, copied for every server. */
  population(census: Census): Promise<Population> {
    const key = JSON.stringify(census);
    const known = this.populations.get(key);
    if (known) return known;
    const database = join(this.folder, `population-${this.populations.size}.db`);
    const made = seed(`sqlite:${database}`, census).then((members) => ({ database, members }));
    this.populations.set(key, made);
    return made;
  }

  launch(name: ContenderName, { database }: Population, options: LaunchOptions = {}): Promise<ServerProcess> {
    const inspected = options.inspected ?? (this.inspectsHadir && name === 'hadir');
    const start = () => launch(name, { folder: this.folder, database, inspected });
    if (!this.isSmoke || name === 'hadir') return start();
    const key = `${name} ${inspected}`;
    const server = this.kept.get(key) ?? start();
    this.kept.set(key, server);
    return server;
  }

  /** Ends a server that a row is done with. */
  async dismiss(server: ServerProcess): Promise<void> {
    if (!(await this.keptServers()).includes(server)) await server.stop();
  }

  /** Nodes of one cluster. */
  cluster(name: ContenderName, { database }: Population, count: number, redisUrl: string): Promise<ServerProcess[]> {
    this.usedRedis = true;
    // The limits that nodes share: none, as a raised one would cost a trip to Redis that no peer makes.
    const unlimited = { RATE_LIMIT_HANDSHAKE: 'off', RATE_LIMIT_STATUS: 'off' };
    const env = { ...unlimited, REDIS_URL: redisUrl, REDIS_PREFIX: this.redisPrefix };
    const inspected = this.inspectsHadir && name === 'hadir';
    const node = () => launch(name, { folder: this.folder, database, env, inspected, shares: true });
    return Promise.all(Array.from({ length: count }, node));
  }

  targets(name: ContenderName, { port }: ServerProcess, members: readonly Member[]): Target[] {
    return members.map((member) => targetOf(port, contenders[name].dialect, member));
  }

  connect(name: ContenderName, server: ServerProcess, members: readonly Member[]): Promise<Client[]> {
    return openAll(this.targets(name, server, members));
  }

  async cleanUp(): Promise<void> {
    await ServerProcess.stopAll();
    if (this.usedRedis) await forget(this.redisPrefix);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async keptServers(): Promise<ServerProcess[]> {
    const started = await Promise.allSettled(this.kept.values());
    return started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  }
}

/** The numbers from `from` to below `to`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/** Cuts users into rooms of so many. */
export function roomsOf(users: readonly number[], size: number): number[][] {
  return range(0, Math.ceil(users.length / size)).map((room) => users.slice(room * size, (room + 1) * size));
}
