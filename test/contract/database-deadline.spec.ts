import { describe, expect, it, onTestFinished } from 'vitest';
import type { DataSource } from 'typeorm';
import { ask as askAsNewcomer } from '../../src/database/ask.js';
import { databaseOptions, openDatabase } from '../../src/database/data-source.js';
import { asProblem } from '../../src/database/outage.js';
import { databaseKinds } from '../support/databases.js';
import { lasting } from '../support/drill.js';
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

const askNewly = async (dataSource: DataSource) => askAsNewcomer(dataSource, 'SELECT ? AS told', [1]);

const change = (dataSource: DataSource) =>
  dataSource.transaction((manager) => manager.query('UPDATE rooms SET name = name'));

describe.each(databaseKinds.filter(({ name }) => name !== 'SQLite'))('$name', ({ missing, create }) => {
  const test = missing === undefined ? it : it.skip;

  test('that says nothing keeps nobody waiting, in a statement, in a transaction or in line', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    proxy.freeze();
    const ways = [ask, askNewly, change];
    const crowd = Array.from({ length: 300 }, (_, turn) => outcome(ways[turn % ways.length]!(dataSource)));
    const outcomes = await Promise.all(crowd);
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['unavailable']));
    expect(Math.max(...outcomes.map(({ ms }) => ms))).toBeLessThan(BOUND_MS);
    proxy.thaw();
    await expect.poll(() => outcome(change(dataSource)), { timeout: 5000 }).toMatchObject({ result: 'done' });
  });

  test.each([
    ['a statement', ask],
    ['what newcomers ask', askNewly],
  ])('whose connections are silently dead gets new ones, by %s', async (_, way) => {
    const { proxy, dataSource } = await behindProxy(create);
    await Promise.all(Array.from({ length: 10 }, () => way(dataSource)));
    proxy.swallow();
    const asked = await Promise.all(Array.from({ length: 10 }, () => outcome(way(dataSource))));
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

  test('that hangs up on newcomers is unavailable to them, and answers those who come later', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    const askSlowly = async () => askAsNewcomer(dataSource, 'SELECT SLEEP(1.2)', []);
    for (let turn = 0; turn < 3; turn += 1) {
      const asked = Array.from({ length: 10 }, () => outcome(askSlowly()));
      await expect.poll(() => proxy.open).toBe(10);
      proxy.reset();
      expect(new Set((await Promise.all(asked)).map(({ result }) => result))).toEqual(new Set(['unavailable']));
      await expect.poll(() => proxy.open).toBe(0);
    }
    expect((await outcome(askNewly(dataSource))).result).toBe('done');
  });

  test('that hangs up on newcomers is there for those who are next in line', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    const askSlowly = async () => askAsNewcomer(dataSource, 'SELECT SLEEP(0.3)', []);
    const asked = Array.from({ length: 30 }, () => outcome(askSlowly()));
    await expect.poll(() => proxy.open, { interval: 10 }).toBe(10);
    await lasting(100);
    proxy.reset();
    const results = (await Promise.all(asked)).map(({ result }) => result);
    expect(results.filter((result) => result === 'done')).toHaveLength(20);
  });

  test('answers newcomers what it answers all, and a bad question keeps no connection', async () => {
    const { dataSource } = await behindProxy(create);
    const bad = Array.from({ length: 20 }, () => outcome((async () => askAsNewcomer(dataSource, 'SELECT ?', []))()));
    for (const { result } of await Promise.all(bad)) expect(result).toMatchObject({ code: 'ER_PARSE_ERROR' });
    const text = "SELECT ? AS text, 1.5 AS number, NULL AS nothing, TIMESTAMP '2026-01-02 03:04:05.678' AS time";
    const rows = await askAsNewcomer(dataSource, text, ["it's"]);
    expect(rows).toEqual(await dataSource.query(text, ["it's"]));
    expect(rows).toMatchObject([{ text: "it's", nothing: null, time: new Date('2026-01-02T03:04:05.678Z') }]);
  });

  test('that is slow is slow, and no more than that', async () => {
    const { proxy, dataSource } = await behindProxy(create);
    proxy.latency(300);
    const { result, ms } = await outcome(change(dataSource));
    expect(result).toBe('done');
    expect(ms).toBeGreaterThan(1500);
  });
});
