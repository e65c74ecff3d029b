import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../src/presence/deadline-queue.js';

describe('The deadline queue', () => {
  it('gives every key back once, at its newest deadline, the earliest first', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), at: fc.option(fc.nat(100)) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.nat(100), (steps, now) => {
        const queue = new DeadlineQueue();
        const model = new Map<string, number>();
        for (const { key, at } of steps) {
          queue.set(key, at);
          if (at === null) model.delete(key);
          else model.set(key, at);
        }
        expect(queue.next()).toBe(model.size === 0 ? null : Math.min(...model.values()));
        const taken: string[] = [];
        for (let key = queue.take(now); key !== undefined; key = queue.take(now)) taken.push(key);
        const passed = [...model].filter(([, at]) => at <= now);
        expect([...taken].sort()).toEqual(passed.map(([key]) => key).sort());
        const times = taken.map((key) => model.get(key)!);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(queue.size).toBe(model.size - passed.length);
      }),
    );
  });

  it('does not grow with deadlines that are replaced again and again', () => {
    const queue = new DeadlineQueue();
    for (let at = 0; at < 10_000; at += 1) queue.set('a', 1_000_000 + at);
    expect((queue as unknown as { heap: unknown[] }).heap.length).toBeLessThan(100);
    expect(queue.next()).toBe(1_009_999);
  });
});
