import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RULES = '.dependency-cruiser.mjs';
const CRUISER = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** Cruises a tree. @returns `rule: from` for each violation */
function violations(cwd: string, folders: string[]): string[] {
  const run = spawnSync(process.execPath, [CRUISER, '--config', RULES, '--output-type', 'json', ...folders], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (!run.stdout) throw new Error(run.stderr);
  const { summary } = JSON.parse(run.stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } };
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
}

describe('the imports', { timeout: 120_000 }, () => {
  it('keep to the order of the house', () => {
    expect(violations('.', ['src', 'client/src', 'console/src', 'test', 'scripts'])).toEqual([]);
  });
});

/** A small house in which every rule is broken: file → what it imports. */
const broken: Record<string, string[]> = {
  'src/protocol/index.ts': ['../common/clock.js'],
  'src/protocol/leaf.ts': ['ws'],
  'src/common/clock.ts': [],
  'src/config/env.ts': ['../realtime/hub.js'],
  'src/database/entities.ts': ['../users/user.entity.js', '../users/users.service.js'],
  'src/database/data-source.ts': ['../users/user.entity.js'],
  'src/cluster/broker.memory.ts': [],
  'src/cluster/broker.module.ts': ['./broker.memory.js'],
  'src/cluster/signals.ts': ['./broker.memory.js', 'redis'],
  'src/cluster/broker.redis.ts': ['./broker.memory.js', 'redis'],
  'src/users/user.entity.ts': [],
  'src/users/users.service.ts': ['ws', 'express', '@nestjs/websockets'],
  'src/users/index.ts': [],
  'src/auth/sessions.ts': ['../users/user.entity.js', '../app.setup.js'],
  'src/auth/auth.module.ts': ['../cluster/broker.memory.js'],
  'src/realtime/hub.ts': ['ws', '../presence/presence.js', './loop.js', './nowhere.js'],
  'src/realtime/loop.ts': ['./hub.js'],
  'src/presence/presence.ts': ['vitest', '../../test/support.js'],
  'src/health/health.ts': ['../docs/docs.js'],
  'src/docs/docs.ts': [],
  'src/attic/box.ts': [],
  'console/src/main.ts': ['../../src/common/clock.js'],
  'src/app.setup.ts': ['./attic/box.js', './users/index.js', './realtime/hub.js'],
  'client/src/index.ts': ['./link.js'],
  'client/src/link.ts': ['ws', '../../src/protocol/message.js', '../../test/support.js'],
  'src/protocol/message.ts': [],
  'test/support.ts': ['ws'],
};

const expected = [
  'protocol-is-a-leaf: src/protocol/index.ts',
  'protocol-is-a-leaf: src/protocol/leaf.ts',
  'order-protocol: src/protocol/index.ts',
  'order-config: src/config/env.ts',
  'entity-list: src/database/entities.ts',
  'order-database: src/database/data-source.ts',
  'no-foreign-entity: src/database/data-source.ts',
  'no-adapter: src/cluster/signals.ts',
  'redis-in-redis: src/cluster/signals.ts',
  'redis-in-redis: src/cluster/broker.redis.ts',
  'services-know-no-transport: src/users/users.service.ts',
  'services-know-no-transport: src/users/users.service.ts',
  'services-know-no-transport: src/users/users.service.ts',
  'ws-in-realtime: src/protocol/leaf.ts',
  'ws-in-realtime: src/users/users.service.ts',
  'no-foreign-entity: src/auth/sessions.ts',
  'order-auth: src/auth/sessions.ts',
  'no-foreign-adapter: src/auth/auth.module.ts',
  'order-realtime: src/realtime/hub.ts',
  'no-cycles: src/realtime/hub.ts',
  'no-unresolvable: src/realtime/hub.ts',
  'no-dev-dependency: src/presence/presence.ts',
  'src-stands-alone: src/presence/presence.ts',
  'console-stands-on-the-client: console/src/main.ts',
  'order-health: src/health/health.ts',
  'order-known: src/app.setup.ts',
  'no-barrels: src/app.setup.ts',
  'client-stands-alone: client/src/link.ts',
  'client-stands-alone: client/src/link.ts',
  'client-stands-alone: client/src/link.ts',
];

describe('a house in which every rule is broken', { timeout: 120_000 }, () => {
  const packages = ['ws', 'express', '@nestjs/websockets', 'zod', 'redis'];
  let root: string;

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  function manifest(dependencies: string[]): Record<string, string> {
    return Object.fromEntries(dependencies.map((name) => [name, '*']));
  }

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'hadir-imports-'));
    cpSync(RULES, join(root, RULES));
    write('tsconfig.json', '{ "compilerOptions": { "module": "nodenext" } }');
    write('package.json', JSON.stringify({ dependencies: manifest(packages), devDependencies: manifest(['vitest']) }));
    for (const name of [...packages, 'vitest']) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
      write(`node_modules/${name}/index.js`, '');
    }
    for (const [path, imports] of Object.entries(broken)) {
      write(path, ['export {};', ...imports.map((target) => `import '${target}';`)].join('\n'));
    }
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is reported rule by rule, and nothing else in it is', () => {
    expect(violations(root, ['src', 'client/src', 'console/src', 'test']).sort()).toEqual([...expected].sort());
  });

  it('has every rule broken; of the order of folders, some', async () => {
    const { default: rules } = (await import(pathToFileURL(resolve(RULES)).href)) as {
      default: { forbidden: { name: string }[] };
    };
    const names = rules.forbidden.map(({ name }) => name).filter((name) => !/^order-(?!known)/.test(name));
    expect(names.filter((name) => !expected.some((line) => line.startsWith(`${name}: `)))).toEqual([]);
  });
});
