import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { namespace, redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';
import { change, enter, roommates, statuses } from '../support/scene.js';
import { type Server, startServer } from '../support/server.js';

const LEASE_MS = 2000;

async function twoProcesses(redisUrl: string): Promise<{ nodes: [Server, Server]; keys: () => Promise<string[]> }> {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-processes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const space = await namespace(redisUrl);
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}`,
    REDIS_URL: space.url,
    REDIS_PREFIX: space.prefix,
    JWT_SECRET: 'a secret of the tests, of no use to anybody',
    SEED_DEMO: 'false',
    NODE_LEASE: `${LEASE_MS}ms`,
    PRESENCE_GRACE: '500ms',
  };
  return { nodes: [await startServer({ env }), await startServer({ env })], keys: space.keys };
}

async function scene(redisUrl: string) {
  const { nodes, keys } = await twoProcesses(redisUrl);
  const [doomed, other] = nodes;
  const { people } = await roommates(other, 'ani', 'budi');
  const [ani, budi] = people;
  const watcher = await enter(other, budi);
  const device = await enter(doomed, ani);
  await change(watcher, ani.id, 1);
  return { doomed, other, keys, ani, budi, watcher, device };
}

describe.each(redisKinds)('A node that is a process of its own, on $name', ({ variable, url }) => {
  it('takes its users offline once when it is killed, and leaves nothing behind', async (context) => {
    const { doomed, keys, ani, watcher } = await scene(need(context, variable, url));
    const connectedTo = async () => (await keys()).filter((key) => key.includes(':of-node:')).length;
    expect(await connectedTo()).toBe(4);
    doomed.kill('SIGKILL');
    const began = Date.now();
    expect((await change(watcher, ani.id, 2)).status).toBe('offline');
    expect(Date.now() - began).toBeLessThan(LEASE_MS + 5000);
    await expect.poll(connectedTo, { timeout: 5000 }).toBe(2);
    await watcher.settled();
    expect(statuses(watcher, ani.id)).toEqual(['online', 'offline']);
  });

  it('is taken for dead when it is stopped, and claims its users again, once, when it goes on', async (context) => {
    const { doomed, ani, watcher, device, keys } = await scene(need(context, variable, url));
    doomed.kill('SIGSTOP');
    expect((await change(watcher, ani.id, 2)).status).toBe('offline');
    doomed.kill('SIGCONT');
    expect((await change(watcher, ani.id, 3)).status).toBe('online');
    await device.settled();
    await expect.poll(async () => (await keys()).filter((key) => key.includes(':of-node:')).length).toBe(4);
    expect(statuses(watcher, ani.id)).toEqual(['online', 'offline', 'online']);
  });
});
