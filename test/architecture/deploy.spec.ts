import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/config/env.js';
import { variables } from '../../src/config/variables.js';

interface Service {
  image: string;
  build?: string;
  restart: string;
  read_only?: boolean;
  cap_drop?: string[];
  stop_grace_period?: string;
  healthcheck?: { test?: string[] };
  environment?: Record<string, string | null>;
  volumes?: string[];
  networks?: string[];
  depends_on?: Record<string, unknown>;
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks?: Record<string, unknown>;
}

const dockerfile = readFileSync('Dockerfile', 'utf8');
/** What a stop takes at the most beyond the drain, in milliseconds. */
const MARGIN_MS = 4000;

/** Fills in variables as Compose does where the user has set none. */
function withDefaults(text: string): string {
  return text.replaceAll(/\$\{\w+(?::-([^}]*))?\}/g, (_, fallback: string | undefined) => fallback ?? '');
}

describe.each(['docker-compose.yml', 'docker-compose.single.yml'])('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const compose = parse(withDefaults(text), { merge: true }) as Compose;
  const services = Object.entries(compose.services);
  const lasting = services.filter(([, { restart }]) => restart !== 'no');
  const nodes = lasting.filter(([, { build }]) => build);

  it('asks the user for no variable', () => {
    expect(text).not.toMatch(/\$\{\w+:?\?/);
  });

  it('runs every service without a writable root, without capabilities it can do without, and looks after its health', () => {
    for (const [name, service] of services) {
      expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']]);
    }
    expect(dockerfile).toMatch(/^HEALTHCHECK .*--start-period/m);
    const unwatched = lasting.filter(([, { build, healthcheck }]) => !build && !healthcheck?.test?.length);
    expect(unwatched.map(([name]) => name)).toEqual([]);
  });

  it('stops no node before its drain is over', () => {
    const drainMs = loadSettings({ DATABASE_URL: 'sqlite::memory:' }).realtime.drainTimeoutMs;
    for (const [name, { stop_grace_period = '10s' }] of nodes) {
      expect(1000 * Number.parseInt(stop_grace_period, 10), name).toBeGreaterThan(drainMs + MARGIN_MS);
    }
  });

  it('takes images by a version of their own', () => {
    for (const [, { build, image }] of services) if (!build) expect(image).toMatch(/^[\w/]+:\d+\.\d+(-alpine)?$/);
  });

  it('names only volumes, networks, services and files that there are', () => {
    const known = { volumes: Object.keys(compose.volumes), networks: Object.keys(compose.networks ?? {}) };
    for (const [, { volumes = [], networks = [], depends_on = {} }] of services) {
      const sources = volumes.map((volume) => volume.split(':')[0] ?? '');
      const isMissing = (source: string) =>
        !(source.startsWith('.') ? existsSync(source) : known.volumes.includes(source));
      expect(sources.filter(isMissing)).toEqual([]);
      expect(networks.filter((network) => !known.networks.includes(network))).toEqual([]);
      expect(Object.keys(depends_on).filter((name) => !(name in compose.services))).toEqual([]);
    }
  });

  it('gives nodes settings that exist, good for production once the secrets are made', () => {
    const { secrets, database, run } = secretsFolder();
    expect(run('create').status).toBe(0);
    for (const [, { environment = {} }] of nodes) {
      const names = Object.keys(environment).map((name) => name.replace(/_FILE$/, ''));
      expect(names.filter((name) => !(name in variables))).toEqual([]);
      const paths = JSON.stringify(environment)
        .replaceAll('"/secrets/', `"${secrets}/`)
        .replaceAll('"/database-secrets/', `"${database}/`);
      const settings = loadSettings(JSON.parse(paths) as Record<string, string>);
      expect(settings.server).toMatchObject({ environment: 'production', host: '0.0.0.0', port: 8080 });
      expect(settings.auth.jwtSecrets).toHaveLength(1);
      expect(settings.auth.admin?.email).toBe('admin@example.com');
      const place = file.includes('single')
        ? 'sqlite:./data/hadir.db'
        : /^mariadb:\/\/hadir:[0-9a-f]{64}@mariadb:3306\//;
      expect(settings.database.url).toMatch(place);
    }
  });
});

/** Where the script keeps secrets in a test. */
function secretsFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [secrets, database] = [join(folder, 'secrets'), join(folder, 'database')];
  mkdirSync(secrets);
  mkdirSync(database);
  const run = (command: string, env: Record<string, string> = {}) =>
    spawnSync('sh', ['deploy/secrets.sh', command], {
      env: { PATH: process.env.PATH, SECRETS_DIR: secrets, DATABASE_SECRETS_DIR: database, ...env },
      encoding: 'utf8',
    });
  const jwt = () => ['jwt', 'jwt-previous'].map((name) => readFileSync(join(secrets, name), 'utf8'));
  return { secrets, database, run, jwt };
}

describe('deploy/secrets.sh', () => {
  it('makes secrets once, and takes those that are given', () => {
    const { run, jwt } = secretsFolder();
    run('create');
    const made = jwt();
    run('create');
    expect(jwt()).toEqual(made);
    expect(made).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), '']);
    run('create', { JWT_SECRET: 'one of the user, of thirty-two bytes and more' });
    expect(jwt()).toEqual(['one of the user, of thirty-two bytes and more', '']);
  });

  it('goes from one signing secret to the next in steps after each of which both nodes accept what either signs', () => {
    const { run, jwt } = secretsFolder();
    run('create');
    const [old] = jwt();
    expect(run('switch').status).toBe(1);
    run('announce');
    const [, next] = jwt();
    expect(jwt()).toEqual([old, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    run('switch');
    expect(jwt()).toEqual([next, old]);
    run('forget');
    expect(jwt()).toEqual([next, '']);
  });

  it('says nothing that is secret', () => {
    const { secrets, run, jwt } = secretsFolder();
    const { stdout, stderr } = run('create');
    for (const secret of [jwt()[0]!, readFileSync(join(secrets, 'admin-password'), 'utf8')]) {
      expect(stdout + stderr).not.toContain(secret);
    }
  });
});

describe('the image', () => {
  const [, build = '', final = ''] = dockerfile.split(/^FROM /m);
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');

  it('is made of files that exist and are let into the build', () => {
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) => from!.split(' '));
    expect(copies).not.toHaveLength(0);
    expect(copies.filter((path) => !existsSync(path) || !ignored.includes(`!${path}`))).toEqual([]);
  });

  it('holds what runs and nothing that builds, and runs as nobody special', () => {
    expect(build).toMatch(/npm prune --omit=dev/);
    expect(final).toMatch(/^node:24-\w+-slim\n/);
    expect(final).toMatch(/^USER node$/m);
    expect(final).not.toMatch(/npm (ci|install)|apt-get/);
    const command = /^CMD (.+)$/m.exec(final)?.[1] ?? '[]';
    expect(JSON.parse(command)).toEqual(['node', '--enable-source-maps', 'dist/main.js']);
  });
});
