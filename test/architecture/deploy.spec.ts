import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/config/env.js';
import { variables } from '../../src/config/variables.js';
import { SecretsFolder } from '../support/secrets.js';

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
    const made = new SecretsFolder();
    expect(made.run('create').status).toBe(0);
    for (const [, { environment = {} }] of nodes) {
      const names = Object.keys(environment).map((name) => name.replace(/_FILE$/, ''));
      expect(names.filter((name) => !(name in variables))).toEqual([]);
      const paths = JSON.stringify(environment)
        .replaceAll('"/secrets/', `"${made.secrets}/`)
        .replaceAll('"/database-secrets/', `"${made.database}/`)
        .replaceAll('"/redis-secrets/', `"${made.redis}/`);
      const settings = loadSettings(JSON.parse(paths) as Record<string, string>);
      expect(settings.server).toMatchObject({ environment: 'production', host: '0.0.0.0', port: 8080 });
      expect(settings.auth.jwtSecrets).toHaveLength(1);
      expect(settings.auth.admin?.email).toBe('admin@example.com');
      const place = file.includes('single')
        ? 'sqlite:./data/hadir.db'
        : /^mariadb:\/\/hadir:[0-9a-f]{64}@mariadb:3306\//;
      expect(settings.database.url).toMatch(place);
      const servers = file.includes('single')
        ? undefined
        : [expect.stringMatching(/^redis:\/\/:[0-9a-f]{64}@redis:6379$/)];
      expect(settings.cluster.redisUrls).toEqual(servers);
    }
  });
});

describe('deploy/secrets.sh', () => {
  it('makes secrets once, and takes those that are given', () => {
    const folder = new SecretsFolder();
    folder.run('create');
    const made = folder.jwt;
    folder.run('create');
    expect(folder.jwt).toEqual(made);
    expect(made).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), '']);
    folder.run('create', { JWT_SECRET: 'one of the user, of thirty-two bytes and more' });
    expect(folder.jwt).toEqual(['one of the user, of thirty-two bytes and more', '']);
  });

  it('announces the next signing secret, switches to it and forgets the old one', () => {
    const folder = new SecretsFolder();
    folder.run('create');
    const [old] = folder.jwt;
    folder.run('announce');
    const [, next] = folder.jwt;
    expect(folder.jwt).toEqual([old, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    folder.run('switch');
    expect(folder.jwt).toEqual([next, old]);
    folder.run('forget');
    expect(folder.jwt).toEqual([next, '']);
    expect(folder.run('switch')).toMatchObject({ status: 1, output: expect.stringContaining('announce comes first') });
  });

  it('says nothing that is secret', () => {
    const folder = new SecretsFolder();
    const { output } = folder.run('create');
    for (const secret of [folder.read('jwt'), folder.read('admin-password'), folder.read('../redis/password')])
      expect(output).not.toContain(secret);
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
