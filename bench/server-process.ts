import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.js';
import { serverPrefix } from './machine.js';

const START_WITHIN_MS = 30_000;
const MS_PER_TICK = 10;
const PAGE_BYTES = 4096;

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  /** Where the output goes. */
  readonly log: string;
}

/** A server under measurement, in a process of its own. What it costs is asked of the operating system. */
export class ServerProcess {
  private static readonly running = new Set<ServerProcess>();

  private failure: Error | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly log: string,
  ) {}

  static async start({ command, args, env, log }: Command): Promise<ServerProcess> {
    const port = await freePort();
    const [first = command, ...rest] = [...serverPrefix(), command, ...args];
    const output = openSync(log, 'a');
    const child = spawn(first, rest, {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: String(port), ...env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const server = new ServerProcess(child, port, log);
    this.running.add(server);
    child.once('error', (error) => (server.failure = error));
    await server.untilItAnswers();
    return server;
  }

  /** Ends whatever still runs, however its row ended. */
  static async stopAll(): Promise<void> {
    for (const server of this.running) await server.stop();
  }

  /** The address of the inspector, where the server was started with one. */
  get inspector(): string {
    return /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(this.output)?.[0] ?? '';
  }

  /** CPU time so far in ms: user and system, all threads. */
  cpu(): number {
    const fields = this.proc('stat').slice(this.proc('stat').lastIndexOf(')') + 2);
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return (user! + system!) * MS_PER_TICK;
  }

  /** Resident memory in bytes. */
  rss(): number {
    return Number(this.proc('statm').split(' ')[1]) * PAGE_BYTES;
  }

  /** How many files it has open, sockets among them. */
  openFiles(): number {
    return readdirSync(`/proc/${this.child.pid}/fd`).length;
  }

  async stop(): Promise<void> {
    ServerProcess.running.delete(this);
    if (this.failure || this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private get output(): string {
    return readFileSync(this.log, 'utf8');
  }

  private proc(name: string): string {
    return readFileSync(`/proc/${this.child.pid}/${name}`, 'utf8');
  }

  private async untilItAnswers(): Promise<void> {
    const deadline = Date.now() + START_WITHIN_MS;
    while (Date.now() < deadline && this.child.exitCode === null && !this.failure) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/health/live`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer) return;
      await pause(50);
    }
    await this.stop();
    throw this.failure ?? new Error(`The server did not start:\n${this.output.slice(-2000)}`);
  }
}
