import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Shown } from '../../src/presence/presence-state.js';
import {
  anything,
  choose,
  close,
  connect,
  crash,
  GRACE_MS,
  LEASE_MS,
  LONGEST_WAIT_MS,
  Run,
  sendAway,
  type Step,
  USERS,
  wait,
} from '../support/presence-run.js';

async function observed(steps: readonly Step[]): Promise<Run['announced']> {
  const run = new Run();
  await run.take(steps);
  return run.announced;
}

const RUNS = { numRuns: 300 };

describe('Presence as a model', () => {
  it('comes to what the rules say, whatever connects, closes, crashes, is chosen and passes', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (steps) => {
        const run = new Run();
        await run.take(steps);
        await run.step({ do: 'wait', ms: LONGEST_WAIT_MS + LEASE_MS + GRACE_MS });
        for (const who of USERS) {
          const seen = run.announced.filter((event) => event.user === who).at(-1)?.shown.status ?? 'offline';
          expect(seen).toBe(run.model.shown(who, run.clock.now()));
        }
      }),
      RUNS,
    );
  });

  it('announces a change of what others see, nothing else, each with a higher version', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (steps) => {
        const run = new Run();
        await run.take(steps);
        for (const who of USERS) {
          const seen = run.announced.filter((event) => event.user === who).map(({ shown }) => shown);
          let before: Shown = { status: 'offline', version: 0, lastSeenAt: null };
          for (const shown of seen) {
            expect(shown.status).not.toBe(before.status);
            expect(shown.version).toBeGreaterThan(before.version);
            before = shown;
          }
          expect((await run.shown(who)) ?? before).toEqual(before);
        }
      }),
      RUNS,
    );
  });
});

describe('To everybody else', () => {
  const hide = (steps: readonly Step[], status: 'invisible' | 'offline'): Step[] =>
    steps.map((step) => (step.do === 'choose' && isHiding(step.status) ? { ...step, status } : step));
  const isHiding = (status: string) => status === 'invisible' || status === 'offline';
  const quiet = fc.array(fc.oneof(wait, close, sendAway, choose, crash) as fc.Arbitrary<Step>, { maxLength: 40 });
  const noise = fc.array(fc.oneof(wait, connect, close, sendAway) as fc.Arbitrary<Step>, { maxLength: 40 });

  it('invisible is offline, as long as nothing is done that ends offline', async () => {
    await fc.assert(
      fc.asyncProperty(anything, quiet, async (before, steps) => {
        const start = before.filter((step) => step.do !== 'choose' || !isHiding(step.status));
        const invisible = await observed([...start, ...hide(steps, 'invisible')]);
        expect(invisible).toEqual(await observed([...start, ...hide(steps, 'offline')]));
      }),
      RUNS,
    );
  });

  it('an invisible user who comes and goes is one who is not there at all', async () => {
    await fc.assert(
      fc.asyncProperty(anything, noise, async (before, steps) => {
        const chosen: Step = { do: 'choose', user: 'u', status: 'invisible', forMs: null };
        const absent = steps.filter((step) => !('user' in step) || step.user !== 'u');
        const start = before.filter((step) => step.do !== 'crash');
        const invisible = await observed([...start, chosen, ...steps]);
        expect(invisible).toEqual(await observed([...start, { ...chosen, status: 'offline' }, ...absent]));
      }),
      RUNS,
    );
  });
});
