import fc from 'fast-check';
import { describe, it } from 'vitest';
import { FaultyRun, faultyHistory } from '../support/presence-faults.js';
import { redisKinds } from '../support/redis.js';
import { need } from '../support/requirement.js';

const RUNS = 20;

describe.each(redisKinds)('Presence as a model, on a $name whose answers get lost', ({ variable, url }) => {
  it(
    'comes to what is true, in Redis, in the database and for those who watch',
    { timeout: 120_000 },
    async (context) => {
      const address = need(context, variable, url);
      await fc.assert(
        fc.asyncProperty(faultyHistory, async (steps) => {
          const run = await FaultyRun.start(address);
          await run.take(steps);
          await run.expectTruth();
        }),
        { numRuns: RUNS },
      );
    },
  );
});
