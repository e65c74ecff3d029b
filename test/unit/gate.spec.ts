import { describe, expect, it } from 'vitest';
import { Gate } from '../../src/common/gate.js';

describe('A gate', () => {
  it('lets so many through at a time, in the order in which they came', async () => {
    const gate = new Gate(3);
    const began: number[] = [];
    const endings: (() => void)[] = [];
    const task = (index: number) => () =>
      new Promise<number>((resolve) => {
        began.push(index);
        endings.push(() => resolve(index));
      });
    const all = Promise.all(Array.from({ length: 10 }, (_, index) => gate.pass(task(index))));
    for (let ended = 0; ended < 10; ended += 1) {
      await new Promise(setImmediate);
      expect(began).toHaveLength(Math.min(10, ended + 3));
      endings[ended]!();
    }
    expect(await all).toEqual(began);
    expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is passed by the next one when a task fails', async () => {
    const gate = new Gate(1);
    const failing = gate.pass(() => Promise.reject(new Error('no')));
    const next = gate.pass(() => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
