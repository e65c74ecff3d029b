import { describe, expect, it } from 'vitest';
import { FreshCache } from '../../src/common/fresh-cache.js';
import { collectGarbage } from '../support/garbage.js';
import { TestClock } from '../support/test-clock.js';

const TTL_MS = 5000;

/** A cache in front of a source that counts how often it was asked. */
function counted(max = 10) {
  const clock = new TestClock();
  const cache = new FreshCache<number>(clock, TTL_MS, max);
  let asked = 0;
  const read = (key: string, after?: number) => cache.read(key, async () => (asked += 1), after);
  return { clock, cache, read };
}

describe('answers that are kept', () => {
  it('are asked for once, by however many at the same time', async () => {
    const { read } = counted();
    expect(await Promise.all([read('a'), read('a'), read('a')])).toEqual([1, 1, 1]);
    expect(await read('b')).toBe(2);
  });

  it('are good for so long and no longer', async () => {
    const { clock, read } = counted();
    await read('a');
    await clock.advance(TTL_MS - 1);
    expect(await read('a')).toBe(1);
    await clock.advance(1);
    expect(await read('a')).toBe(2);
  });

  it('do not count where something has happened since they were asked for, even in the same millisecond', async () => {
    const { clock, read } = counted();
    await read('a');
    expect(await read('a', clock.now() - 1)).toBe(1);
    expect(await read('a', clock.now())).toBe(2);
  });

  it('are asked for again when they were forgotten on their way', async () => {
    const { cache, read } = counted();
    const early = read('a');
    cache.forget('a');
    const late = read('a');
    expect([await early, await late, await read('a')]).toEqual([1, 2, 2]);
  });

  it('are not failures', async () => {
    const { cache, read } = counted();
    await expect(cache.read('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await read('a')).toBe(1);
  });

  it('are so many at most, the longest kept going first', async () => {
    const { read } = counted(2);
    for (const key of ['a', 'b', 'c']) await read(key);
    expect(await read('b')).toBe(2);
    expect(await read('a')).toBe(4);
  });

  it('leave no trace once they are too old, however many there were and whoever is still asked for', async () => {
    const { clock, cache, read } = counted(10_000);
    const finalized = new Set<number>();
    const registry = new FinalizationRegistry<number>((index) => finalized.add(index));
    for (let index = 0; index < 1200; index += 1) {
      const answer = { index };
      registry.register(answer, index);
      void cache.read(`old-${index}`, async () => answer as unknown as number);
    }
    await clock.advance(TTL_MS / 2);
    await read('young');
    await clock.advance(TTL_MS / 2 + 100);
    collectGarbage();
    await expect.poll(() => finalized.size).toBe(1200);
    expect(await read('young')).toBe(1);
  });
});
