import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const FAULTS = 'test/faults/*.spec.ts';
const specs = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.spec.ts') && !path.startsWith('faults'))
  .map((path) => join('test', path).replaceAll('\\', '/'));
/** Specs that start the built server as a process of its own; it is built once before them. */
const ofProcess = specs.filter((path) => /support\/(server|console)\.js/.test(readFileSync(path, 'utf8')));
const processes = { globalSetup: 'test/support/build.ts', testTimeout: 60_000, fileParallelism: false };

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A poll waits for what is to come. Where how long that takes is what is tested, it says so.
    expect: { poll: { timeout: 10_000 } },
    // Most of them wait most of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { extends: true, test: { name: 'inside', include: ['test/**/*.spec.ts'], exclude: [...ofProcess, FAULTS] } },
      { extends: true, test: { name: 'process', include: ofProcess, ...processes } },
      { extends: true, test: { name: 'faults', include: [FAULTS], ...processes } },
    ],
  },
});
