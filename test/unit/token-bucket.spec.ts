import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giveToken, takeToken } from '../../src/cluster/token-bucket.js';

const NOW = 1_700_000_000_000;

/** Takes at the given times, in ms after NOW. */
function takes(times: readonly number[], rate: { count: number; windowMs: number }) {
  let fullAt = 0;
  return times.map((time) => {
    const result = takeToken(fullAt, NOW + time, rate);
    fullAt = result.fullAt;
    return result.allowance;
  });
}

describe('a token bucket', () => {
  it('gives as many tokens at once as it holds, then none', () => {
    const allowances = takes([0, 0, 0, 0], { count: 3, windowMs: 30_000 });
    expect(allowances.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    expect(allowances.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0]);
  });

  it('says to the millisecond when the next token is there', () => {
    const rate = { count: 3, windowMs: 30_000 };
    const [, , , refused] = takes([0, 0, 0, 4_000], rate);
    expect(refused).toEqual({ allowed: false, remaining: 0, retryAfterMs: 6_000 });
    expect(takes([0, 0, 0, 9_999], rate)[3]?.allowed).toBe(false);
    expect(takes([0, 0, 0, 10_000], rate)[3]?.allowed).toBe(true);
  });

  it('refills evenly and never beyond what it holds', () => {
    const rate = { count: 2, windowMs: 2_000 };
    expect(takes([0, 0, 1_000, 1_000], rate).map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    expect(takes([0, 600_000, 600_000, 600_000], rate).map(({ allowed }) => allowed)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('is not emptied further by those it refuses', () => {
    const [, , , last] = takes([0, 500, 900, 1_000], { count: 1, windowMs: 1_000 });
    expect(last?.allowed).toBe(true);
  });

  it('takes a token back', () => {
    const rate = { count: 1, windowMs: 60_000 };
    const { fullAt } = takeToken(0, NOW, rate);
    expect(takeToken(fullAt, NOW, rate).allowance.allowed).toBe(false);
    expect(takeToken(giveToken(fullAt, rate), NOW, rate).allowance.allowed).toBe(true);
  });

  it('never lets more through than it holds plus what has refilled, whenever they come', () => {
    const rates = fc.record({
      count: fc.integer({ min: 1, max: 100 }),
      windowMs: fc.integer({ min: 1, max: 100_000 }),
    });
    const gaps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(rates, gaps, (rate, waits) => {
        let time = 0;
        const times = waits.map((wait) => (time += wait));
        const allowed = takes(times, rate).filter((allowance) => allowance.allowed).length;
        const elapsed = times.at(-1)! - times[0]!;
        expect(allowed).toBeLessThanOrEqual(Math.floor(rate.count + (elapsed * rate.count) / rate.windowMs + 1e-3));
      }),
    );
  });
});
