import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.js';

type Env = Record<string, string>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Options {
  /** On top of: this machine, a free port, a database of its own, no rate limits. */
  readonly env?: Env;
  /** Who ends the server: by itself the test that started it, or the caller through `stop`. */
  readonly owner?: 'test' | 'caller';
  readonly startWithinMs?: number;
}

/** The built server as a process of its own. */
export class Server {
  readonly exited: Promise<Exit>;
  private text = '';

  constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly folder: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.text += String(chunk)));
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Exit);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** How many files it has open, sockets among them, as the operating system counts them. */
  get openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** The address of its inspector, where NODE_OPTIONS asks for one. */
  get inspector(): string {
    return /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(this.text)?.[0] ?? '';
  }

  /** Everything it has written so far, to stdout and stderr. */
  get output(): string {
    return this.text;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts the server and waits until it takes requests. */
export async function startServer({ env = {}, owner = 'test', startWithinMs = 20_000 }: Options = {}): Promise<Server> {
  const server = await launch(env);
  if (owner === 'test') onTestFinished(() => server.stop());
  await untilItAnswers(server, startWithinMs).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return server;
}

/** Starts the server with settings it must refuse. @returns how it ended and what it said */
export async function refusedStart(env: Env): Promise<Exit & { output: string }> {
  const server = await launch(env);
  onTestFinished(() => server.stop());
  const exit = await server.exited;
  return { ...exit, output: server.output };
}

async function launch(env: Env): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-server-'));
  const port = Number(env.PORT ?? (await freePort()));
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js'], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}`,
      ...withoutLimits,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Server(child, port, folder);
}

const withoutLimits = Object.fromEntries(
  ['HANDSHAKE', 'LOGIN_IP', 'LOGIN_ACCOUNT', 'REST', 'MESSAGES', 'STATUS'].map((name) => [`RATE_LIMIT_${name}`, 'off']),
);

async function untilItAnswers(server: Server, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  let over = false;
  void server.exited.then(() => (over = true));
  while (!over && Date.now() < deadline) {
    const answer = await fetch(`${server.url}/health/live`).catch(() => undefined);
    if (answer) return;
    await pause(50);
  }
  throw new Error(`The server ${over ? 'ended' : 'does not answer'} after its start:\n${server.output}`);
}
