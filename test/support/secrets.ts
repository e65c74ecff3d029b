import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The folders in which deploy/secrets.sh keeps what it makes. They are gone with the test. */
export class SecretsFolder {
  readonly secrets: string;
  readonly database: string;
  readonly redis: string;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'hadir-secrets-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    this.secrets = join(folder, 'secrets');
    this.database = join(folder, 'database');
    this.redis = join(folder, 'redis');
    for (const path of [this.secrets, this.database, this.redis]) mkdirSync(path);
  }

  run(command: string, env: Record<string, string> = {}): { status: number | null; output: string } {
    const places = { SECRETS_DIR: this.secrets, DATABASE_SECRETS_DIR: this.database, REDIS_SECRETS_DIR: this.redis };
    const { status, stdout, stderr } = spawnSync('sh', ['deploy/secrets.sh', command], {
      env: { PATH: process.env.PATH, ...places, ...env },
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  read(name: string): string {
    return readFileSync(join(this.secrets, name), 'utf8');
  }

  /** The signing secret and the other one that is accepted. */
  get jwt(): string[] {
    return [this.read('jwt'), this.read('jwt-previous')];
  }
}
