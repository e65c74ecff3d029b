import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Groups } from '../../src/common/groups.js';

const step = fc.record({
  what: fc.constantFrom('add', 'add', 'delete', 'take'),
  key: fc.integer({ min: 0, max: 2 }),
  item: fc.constantFrom('a', 'b', 'c'),
});

describe('Groups', () => {
  it('are what a map of sets would be, whatever is done to them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const groups = new Groups<number, string>();
        const sets = new Map<number, Set<string>>([0, 1, 2].map((key) => [key, new Set()]));
        for (const { what, key, item } of steps) {
          const set = sets.get(key) ?? new Set();
          const before = set.size;
          if (what === 'add') {
            expect(groups.add(key, item)).toBe(set.add(item).size === 1 && before === 0);
          } else if (what === 'delete') {
            expect(groups.delete(key, item)).toBe(set.delete(item) && set.size === 0);
          } else {
            expect([...groups.take(key)]).toEqual([...set]);
            set.clear();
          }
          expect([...groups.of(key)]).toEqual([...set]);
          const visited: string[] = [];
          groups.each(key, (member) => visited.push(member));
          expect(visited).toEqual([...set]);
          const isInAny = groups.isInAnyOf([0, key]);
          for (const one of ['a', 'b', 'c']) expect(isInAny(one)).toBe(set.has(one) || sets.get(0)!.has(one));
          expect(groups.countOf(key)).toBe(set.size);
        }
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it('do not count what is there already, and forget nothing for what is not there', () => {
    const groups = new Groups<string, string>();
    expect([groups.add('k', 'a'), groups.add('k', 'a'), groups.countOf('k')]).toEqual([true, false, 1]);
    expect([groups.delete('k', 'b'), groups.delete('other', 'a'), groups.countOf('k')]).toEqual([false, false, 1]);
  });
});
