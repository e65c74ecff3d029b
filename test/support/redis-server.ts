import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.js';

export const PROGRAMS = ['redis-server', 'valkey-server'] as const;

/** The server on the path of this machine, if there is one. */
export function findRedisServer(programs: readonly string[] = PROGRAMS): string | undefined {
  return programs.find((name) => spawnSync(name, ['--version']).status === 0);
}

/** A Redis of a test's own, to be broken in every way. It is gone with the test. */
export class RedisServer {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  static async start(program: string, options: readonly string[] = []): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'hadir-redis-'));
    const server = new RedisServer(program, await freePort(), folder, options);
    onTestFinished(async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async run(): Promise<void> {
    const always = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.folder];
    this.process = spawn(this.program, [...always, ...this.options], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    this.process.stderr?.on('data', (chunk) => (output += String(chunk)));
    for await (const chunk of this.process.stdout ?? []) {
      output += String(chunk);
      if (output.includes('Ready to accept connections')) return;
    }
    throw new Error(`${this.program} did not start: ${output}`);
  }

  /** As a crash would: nothing is said, nothing is saved. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  async command(...args: string[]): Promise<unknown> {
    const client = await createClient({ url: this.url, RESP: 2 }).connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }
}
