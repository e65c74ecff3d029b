import { describe, expect, it } from 'vitest';
import { MessageLimit } from '../../src/realtime/message-limit.js';

const start = 1_000_000;

describe('The message limit of a connection', () => {
  it('lets a burst of its count through and says when the next one may come', () => {
    const limit = new MessageLimit({ count: 4, windowMs: 1000 });
    expect([1, 2, 3, 4].map(() => limit.take(start))).toEqual([0, 0, 0, 0]);
    expect(limit.take(start)).toBe(250);
    expect(limit.take(start + 250)).toBe(0);
  });

  it('is none when it is off', () => {
    const limit = new MessageLimit(null);
    for (let turn = 0; turn < 10_000; turn += 1) expect(limit.take(start)).toBe(0);
    expect(limit.isIgnored(start)).toBe(false);
  });

  it('is ignored by a client that goes on over it for ten seconds', () => {
    const limit = new MessageLimit({ count: 1, windowMs: 1000 });
    const ignoredAt: number[] = [];
    for (let now = start; now <= start + 12_000; now += 100) {
      limit.take(now);
      if (limit.isIgnored(now)) ignoredAt.push(now - start);
    }
    expect(ignoredAt[0]).toBeGreaterThanOrEqual(10_000);
    expect(ignoredAt[0]).toBeLessThanOrEqual(10_300);
  });

  it('is not ignored by a client that slows down in between', () => {
    const limit = new MessageLimit({ count: 1, windowMs: 1000 });
    for (let now = start; now <= start + 30_000; now += 100) {
      if ((now - start) % 10_000 < 7000) limit.take(now);
      expect(limit.isIgnored(now)).toBe(false);
    }
  });
});
