import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { expect, onTestFinished } from 'vitest';
import { freePort } from './free-port.js';

const USER = 'hadir';
const PASSWORD = 'sandi';

/** Where Debian has it, which is not on everybody's path. */
export function findMariadb(): string | undefined {
  return ['mariadbd', '/usr/sbin/mariadbd'].find((name) => spawnSync(name, ['--version']).status === 0);
}

/** A MariaDB of a test's own, to be broken in every way. It is gone with the test. */
export class MariadbServer {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  /** @param options further ones of the server */
  static async start(options: readonly string[] = []): Promise<MariadbServer> {
    const folder = mkdtempSync(join(tmpdir(), 'hadir-mariadb-'));
    const program = findMariadb();
    if (!program) throw new Error('drills need mariadbd');
    const server = new MariadbServer(program, await freePort(), folder, options);
    onTestFinished(async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    server.install();
    await server.run();
    await server.command('CREATE DATABASE hadir');
    await server.command(`CREATE USER ${USER}@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'`);
    await server.command(`GRANT ALL ON hadir.* TO ${USER}@'127.0.0.1'`);
    return server;
  }

  /** As the server's own user sees it, who may do nothing but use this one database. */
  get url(): string {
    return `mariadb://${USER}:${PASSWORD}@127.0.0.1:${this.port}/hadir`;
  }

  /** Resolves when it takes connections. */
  async run(): Promise<void> {
    const options = [
      ...this.always,
      ...this.options,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
    ];
    this.process = spawn(this.program, [...options, `--socket=${join(this.folder, 'socket')}`], { stdio: 'ignore' });
    const answers = async () => this.command('SELECT 1').then(Boolean, () => false);
    await expect.poll(answers, { timeout: 30_000, interval: 20 }).toBe(true);
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  /** Runs a statement as its administrator. */
  async command(statement: string): Promise<unknown> {
    const connection = await createConnection({ host: '127.0.0.1', port: this.port, user: 'root' });
    try {
      return await connection.query(statement);
    } finally {
      connection.destroy();
    }
  }

  private get always(): string[] {
    const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
    return ['--no-defaults', `--datadir=${this.folder}`, ...asRoot];
  }

  private install(): void {
    const options = [
      ...this.always,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
    ];
    const { status, stdout, stderr } = spawnSync('mariadb-install-db', options, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`mariadb-install-db failed: ${stdout}${stderr}`);
  }
}
