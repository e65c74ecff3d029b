import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iso } from '../../src/common/clock.js';

const FIRST = Date.UTC(0, 0, 1);
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

describe('a time on the wire', () => {
  it('is what Date makes of it, in whatever order times are asked for', () => {
    const near = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 0, 1) + 20_000 });
    const time = fc.oneof(
      near,
      fc.integer({ min: FIRST, max: LAST }),
      fc.double({ min: FIRST, max: LAST, noNaN: true }),
    );
    fc.assert(
      fc.property(time, (at) => {
        expect(iso(at)).toBe(new Date(at).toISOString());
      }),
      { seed: 20260101, numRuns: 10_000 },
    );
  });

  it('is none where it is no time', () => {
    expect(() => iso(NaN)).toThrow(RangeError);
  });
});
