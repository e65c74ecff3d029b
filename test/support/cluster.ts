import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { startApp, type TestApp } from './app.js';
import { namespace, withRedis } from './redis.js';

/** Starts so many nodes on one database and one bus. */
export type StartNodes = (count: number, env?: Record<string, string>) => Promise<TestApp[]>;

function sharedDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-cluster-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'hadir.db')}`;
}

const inMemory: StartNodes = async (count, env = {}) => {
  const options = { env: { DATABASE_URL: sharedDatabase(), ...env }, backend: new MemoryBackend() };
  const nodes: TestApp[] = [];
  while (nodes.length < count) nodes.push(await startApp(options));
  return nodes;
};

const onRedis =
  (url: string): StartNodes =>
  async (count, env = {}) => {
    const { prefix } = await namespace(url);
    const shared = { DATABASE_URL: sharedDatabase(), REDIS_URL: url, REDIS_PREFIX: prefix, ...env };
    const nodes: TestApp[] = [];
    while (nodes.length < count) nodes.push(await startApp({ env: shared }));
    return nodes;
  };

/** What a suite of nodes goes over: nodes of one process, and nodes on each kind of Redis there is. */
export const clusters = withRedis<StartNodes>(inMemory, onRedis);
