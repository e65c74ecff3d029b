import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientSize, SIZE_LIMIT } from '../../scripts/client-build.js';
import { CATALOGUE, catalogue } from '../../scripts/client-types.js';

describe('the client package', () => {
  it('has the catalogue of src/protocol; if not, run `npm run client:types`', async () => {
    expect(readFileSync(CATALOGUE, 'utf8')).toBe(await catalogue());
  });

  it('is below 6 kB, minified and gzipped', async () => {
    expect(await clientSize()).toBeLessThan(SIZE_LIMIT);
  });

  it('depends on nothing', () => {
    const manifest = JSON.parse(readFileSync('client/package.json', 'utf8')) as Record<string, unknown>;
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  });
});
