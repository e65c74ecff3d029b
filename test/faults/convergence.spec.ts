import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Shown } from '../../src/presence/presence-state.js';
import { drill } from '../support/drill.js';
import { GRACE_MS, LEASE_MS, LONGEST_WAIT_MS, Run, step, type Step, USERS } from '../support/presence-run.js';

const RUNS = 10_000;
const VIEWERS = 3;

type Link =
  | { readonly do: 'deliver'; readonly to: number; readonly which: number; readonly again: boolean }
  | { readonly do: 'cut' | 'heal'; readonly to: number };

const to = fc.nat(VIEWERS - 1);
const deliver = fc.record({ do: fc.constant('deliver' as const), to, which: fc.nat(20), again: fc.boolean() });
const partition = fc.record({ do: fc.constantFrom('cut' as const, 'heal' as const), to });
const history = fc.array(
  fc.oneof({ weight: 3, arbitrary: step }, { weight: 2, arbitrary: deliver }, { weight: 1, arbitrary: partition }),
  { maxLength: 80, size: 'max' },
);

const isLink = (one: Step | Link): one is Link => 'to' in one;

type Announcement = Run['announced'][number];

/** Somebody on a node of their own: hears what is announced out of order, twice, or not at all while the node is cut off. */
class Viewer {
  private readonly seen = new Map<string, Shown>();
  private readonly onTheWay: Announcement[] = [];
  private isCut = false;
  private heardUpTo = 0;

  constructor(private readonly run: Run) {}

  deliver(which: number, again: boolean): void {
    this.depart();
    const index = which % Math.max(1, this.onTheWay.length);
    const announcement = this.onTheWay[index];
    if (!announcement) return;
    if (!again) this.onTheWay.splice(index, 1);
    this.hear(announcement.user, announcement.shown);
  }

  cut(): void {
    this.depart();
    this.isCut = true;
  }

  /** The link is back: what went missing is asked of the store. */
  async heal(): Promise<void> {
    this.depart();
    this.isCut = false;
    for (const user of USERS) {
      const shown = await this.run.shown(user);
      if (shown) this.hear(user, shown);
    }
  }

  async settle(): Promise<void> {
    await this.heal();
    while (this.onTheWay.length > 0) this.deliver(this.onTheWay.length - 1, false);
  }

  status(user: string): string {
    return this.seen.get(user)?.status ?? 'offline';
  }

  /** Puts on its way what has been announced since; to a node that is cut off nothing comes. */
  private depart(): void {
    const announced = this.run.announced.slice(this.heardUpTo);
    this.heardUpTo = this.run.announced.length;
    if (!this.isCut) this.onTheWay.push(...announced);
  }

  /** As the protocol tells clients: of two versions the higher one counts. */
  private hear(user: string, shown: Shown): void {
    if (shown.version > (this.seen.get(user)?.version ?? 0)) this.seen.set(user, shown);
  }
}

async function play(steps: readonly (Step | Link)[]): Promise<{ run: Run; viewers: readonly Viewer[] }> {
  const run = new Run();
  const viewers = Array.from({ length: VIEWERS }, () => new Viewer(run));
  await run.take([]);
  for (const one of steps) {
    if (!isLink(one)) await run.step(one);
    else if (one.do === 'deliver') viewers[one.to]!.deliver(one.which, one.again);
    else await viewers[one.to]![one.do]();
  }
  await run.step({ do: 'wait', ms: LONGEST_WAIT_MS + LEASE_MS + GRACE_MS });
  for (const viewer of viewers) await viewer.settle();
  return { run, viewers };
}

describe('Presence as a model', () => {
  drill(
    {
      row: '41',
      hypothesis: 'every node comes to see what the rules say, whatever happened to users, nodes and links',
      action: `${RUNS.toLocaleString('en')} random histories of users who come, go and choose, nodes that crash and come back, and events that are doubled, reordered or lost while a node is cut off`,
      timeoutMs: 600_000,
    },
    async (findings) => {
      let [histories, steps, disagreements] = [0, 0, 0];
      await fc.assert(
        fc.asyncProperty(history, async (what) => {
          const { run, viewers } = await play(what);
          histories += 1;
          steps += what.length;
          for (const user of USERS) {
            const expected = run.model.shown(user, run.clock.now());
            const seen = viewers.map((viewer) => viewer.status(user));
            if (seen.some((status) => status !== expected)) disagreements += 1;
            expect(seen).toEqual(viewers.map(() => expected));
          }
        }),
        { numRuns: RUNS, seed: 41 },
      );
      findings.atLeast('histories', histories, RUNS, 'histories');
      findings.atLeast('steps in them', steps, 10 * RUNS, 'steps');
      findings.exactly('nodes that see something else', disagreements, 0, 'nodes');
    },
  );
});
