import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/common/turns.js';

/** A task that says when it begins, and ends when it is told. */
function task(name: string, log: string[]) {
  let end = () => undefined as void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const run = async () => {
    log.push(name);
    await ended;
    return name;
  };
  return { run, end: () => end() };
}

describe('Turns', () => {
  it('run one after the other for one key, and at once for different keys', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const [first, second, other] = ['first', 'second', 'other'].map((name) => task(name, log));
    const results = [turns.take('a', first!.run), turns.take('a', second!.run), turns.take('b', other!.run)];
    other!.end();
    await results[2];
    expect(log).toEqual(['first', 'other']);
    first!.end();
    second!.end();
    expect(await Promise.all(results)).toEqual(['first', 'second', 'other']);
    expect(log).toEqual(['first', 'other', 'second']);
  });

  it('go on after one that failed', async () => {
    const turns = new Turns();
    const failing = turns.take('a', () => Promise.reject(new Error('no')));
    const next = turns.take('a', () => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
    await turns.idle();
  });
});
