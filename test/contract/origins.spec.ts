import { describe, expect, it } from 'vitest';
import { databaseKinds } from '../support/databases.js';
import { openTwice, outcomes, storesOf } from '../support/stores.js';

const SHOP = 'https://shop.example.com';
const LONGEST = `https://${'a'.repeat(286)}:65535`;

describe.each(databaseKinds)('Origins in $name', (kind) => {
  const test = kind.missing === undefined ? it : it.skip;

  test('are allowed from the moment they are stored, and over a restart, in the order of their age', async () => {
    const env = { DATABASE_URL: await kind.create(), ALLOWED_ORIGINS: 'https://fixed.example.com' };
    const { origins, clock } = await storesOf(env);
    await clock.advance(456);
    for (const origin of [SHOP, LONGEST, 'https://a.example.com']) {
      expect(origins.isAllowed(origin)).toBe(false);
      await origins.add(origin);
      expect(origins.isAllowed(origin)).toBe(true);
    }
    const again = (await storesOf(env)).origins;
    expect(again.list()).toEqual(origins.list());
    expect(again.list().map(({ origin }) => origin)).toEqual([
      'https://fixed.example.com',
      SHOP,
      LONGEST,
      'https://a.example.com',
    ]);
    expect(again.list()[1]?.createdAt?.getTime()).toBe(clock.now());
  });

  test('are stored once, of twenty who add one at the same moment on two nodes', async () => {
    const nodes = await openTwice(kind, { ALLOWED_ORIGINS: '' });
    const calls = Array.from({ length: 20 }, (_, turn) => nodes[turn % 2]!.origins.add(SHOP));
    expect(await outcomes(calls)).toEqual({ done: 1, origin_exists: 19 });
  });

  test('are removed once, and may come back as another entry', async () => {
    const nodes = await openTwice(kind, { ALLOWED_ORIGINS: '' });
    const { id } = await nodes[0].origins.add(SHOP);
    const calls = Array.from({ length: 10 }, (_, turn) => nodes[turn % 2]!.origins.remove(id!));
    const { done, ...rest } = await outcomes(calls);
    expect([done, rest]).toEqual([1, { origin_not_found: 9 }]);
    // The other node reads the list anew when it hears of the change.
    await expect.poll(() => nodes[0].origins.isAllowed(SHOP), { timeout: 10_000 }).toBe(false);
    expect((await nodes[1].origins.add(SHOP)).id).not.toBe(id);
  });
});
