import { describe, expect, it, onTestFinished } from 'vitest';
import type { DataSource } from 'typeorm';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';
import { asProblem } from '../../src/database/outage.js';
import { databaseKinds } from '../support/databases.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Statements end before this, the slack of a busy machine included, in milliseconds. */
const BOUND_MS = 2000;

async function behindProxy(create: () => Promise<string>) {
  const proxy = await TcpProxy.before(await create());
  const dataSource = await openDatabase(databaseOptions(proxy.url));
  onTestFinished(async () => {
    proxy.down();
    await dataSource.destroy().catch(() => undefined);
  });
  return { proxy, dataSource };
}

/** How a statement ended, and after how long. */
async function outcome(work: Promise<unknown>): Promise<{ result: unknown; ms: number }> {
  const began = performance.now();
  const result = await work.then(
    () => 'done',
    (error: unknown) => asProblem(error)?.code ?? error,
  );
  return { result, ms: performance.now() - began };
}

const ask = (dataSource: DataSource) => dataSource.query('SELECT 1');

const change = (dataSource: DataSource) =>
  dataSource.transaction((manager) => manager.query('UPDATE rooms SET name = name'));

describe.each(databaseKinds.filter(({ name }) => name !== 'SQLite'))('$name', ({ missing, create }) => {
  const test = missing === undefined ? it : it.skip;

  test('that says nothing keeps nobody waiting, in a statement, in a transaction or in line', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    proxy.freeze();
    const crowd = Array.from({ length: 300 }, (_, turn) => outcome(turn % 2 ? ask(dataSource) : change(dataSource)));
    const outcomes = await Promise.all(crowd);
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['unavailable']));
    expect(Math.max(...outcomes.map(({ ms }) => ms))).toBeLessThan(BOUND_MS);
    proxy.thaw();
    await expect.poll(() => outcome(change(dataSource)), { timeout: 5000 }).toMatchObject({ result: 'done' });
  });

  test('whose connections are silently dead gets new ones', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    await Promise.all(Array.from({ length: 10 }, () => ask(dataSource)));
    proxy.swallow();
    const asked = await Promise.all(Array.from({ length: 10 }, () => outcome(ask(dataSource))));
    expect(new Set(asked.map(({ result }) => result))).toEqual(new Set(['unavailable']));
    for (let turn = 0; turn < 10; turn += 1) expect((await outcome(change(dataSource))).result).toBe('done');
  });

  test('that goes away within a transaction is unavailable, whichever statement finds out', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    const broken = dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      proxy.reset();
      await expect.poll(() => proxy.open).toBe(0);
      await manager.query('SELECT 1');
    });
    expect((await outcome(broken)).result).toBe('unavailable');
    expect((await outcome(change(dataSource))).result).toBe('done');
  });

  test('that is slow is slow, and no more than that', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    proxy.latency(300);
    const { result, ms } = await outcome(change(dataSource));
    expect(result).toBe('done');
    expect(ms).toBeGreaterThan(1500);
  });
});
