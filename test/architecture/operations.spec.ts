import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/common/metrics.js';

const guide = readFileSync('docs/operations.md', 'utf8');

describe('the guide for operators', () => {
  it('names every metric of ours, and none that does not exist', async () => {
    const offered = [...(await new Metrics().text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
    const named = [...guide.matchAll(/^\| `([a-z0-9_]+)` +\|/gm)].map(([, name]) => name!);
    expect(named.filter((name) => !offered.includes(name))).toEqual([]);
    expect(offered.filter((name) => name.startsWith('hadir_') && !named.includes(name))).toEqual([]);
  });
});
