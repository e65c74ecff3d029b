import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Few, has, NONE, withItem, withoutItem } from '../../src/common/few.js';

const step = fc.record({
  what: fc.constantFrom('add', 'add', 'add', 'delete'),
  item: fc.integer({ min: 0, max: 14 }).map(String),
});

describe('A few strings', () => {
  it('are what a set of them would be, however many they become', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let few: Few = NONE;
        const set = new Set<string>();
        for (const { what, item } of steps) {
          expect(has(few, item)).toBe(set.has(item));
          if (what === 'add' && !set.has(item)) few = withItem(few, item);
          if (what === 'delete') few = withoutItem(few, item);
          if (what === 'add') set.add(item);
          else set.delete(item);
          expect([...few]).toEqual([...set]);
        }
      }),
      { seed: 3, numRuns: 500 },
    );
    expect([...NONE]).toEqual([]);
  });
});
