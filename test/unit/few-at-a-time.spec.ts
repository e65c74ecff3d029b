import type { Request, Response } from 'express';
import { expect, it } from 'vitest';
import { fewAtATime } from '../../src/common/few-at-a-time.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('begins requests that come together four in a turn of the event loop, in their order, and all of them', async () => {
  const middleware = fewAtATime();
  const begun: number[] = [];
  const arrive = (number: number) => middleware({} as Request, {} as Response, () => begun.push(number));
  for (let number = 0; number < 10; number += 1) arrive(number);
  const counts: number[] = [];
  for (let turns = 0; turns < 4; turns += 1) {
    await turn();
    counts.push(begun.length);
  }
  expect(counts).toEqual([4, 8, 10, 10]);
  arrive(10);
  await turn();
  expect(begun).toEqual(Array.from({ length: 11 }, (_, number) => number));
});
