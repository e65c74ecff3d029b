import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';

/** What a drill sets out to show. Stands in docs/reliability.md beside what came of it. */
export interface Drill {
  /** Of the table of what must hold: its row, and a letter where a row takes several drills. */
  readonly row: string;
  readonly hypothesis: string;
  /** Exactly what is done to the running system. */
  readonly action: string;
  /** Where a run takes longer than a minute, in milliseconds. */
  readonly timeoutMs?: number;
}

/** One figure of a drill: what was measured, and what it may be at most or must be at least. */
export interface Figure {
  readonly name: string;
  /** Null in a report where it is not a number. */
  readonly value: number | null;
  readonly unit: string;
  readonly bound: string;
}

export interface DrillReport extends Drill {
  readonly figures: readonly Figure[];
  /** What went wrong, where something did. */
  readonly failure?: string;
}

function keep(report: DrillReport): void {
  if (process.env.DRILL_REPORT) appendFileSync(process.env.DRILL_REPORT, `${JSON.stringify(report)}\n`);
}

/** Takes the times of a drill, checks each figure against its bound and keeps it for the report. */
export class Findings {
  readonly figures: Figure[] = [];
  private began = performance.now();

  /** From here on times count: the fault is now. */
  fault(): void {
    this.began = performance.now();
  }

  /** How long ago the fault was, in whole milliseconds. */
  get sinceFault(): number {
    return Math.round(performance.now() - this.began);
  }

  /** The time since the fault, in milliseconds: `seen`, `recovered`, `converged` or the like. */
  within(name: string, boundMs: number): void {
    this.atMost(name, this.sinceFault, boundMs, 'ms');
  }

  atMost(name: string, value: number, bound: number, unit: string): void {
    this.figures.push({ name, value, unit, bound: `≤ ${bound}` });
    expect(value, `${name}, in ${unit}`).toBeLessThanOrEqual(bound);
  }

  atLeast(name: string, value: number, bound: number, unit: string): void {
    this.figures.push({ name, value, unit, bound: `≥ ${bound}` });
    expect(value, `${name}, in ${unit}`).toBeGreaterThanOrEqual(bound);
  }

  exactly(name: string, value: number, expected: number, unit: string): void {
    this.figures.push({ name, value, unit, bound: `= ${expected}` });
    expect(value, `${name}, in ${unit}`).toBe(expected);
  }
}

/** A test that breaks something on purpose. With DRILL_REPORT set, a line about it is added to that file. */
export function drill(plan: Drill, run: (findings: Findings) => Promise<void>): void {
  const { row, hypothesis, timeoutMs = 60_000 } = plan;
  it(`row ${row}: ${hypothesis}`, { timeout: timeoutMs }, async ({ onTestFailed }) => {
    const findings = new Findings();
    onTestFailed(({ task }) => {
      const failure = task.result?.errors?.map(({ message }) => message).join('; ') ?? 'failed';
      keep({ ...plan, figures: findings.figures, failure });
    });
    await run(findings);
    expect(findings.figures, 'a drill measures something').not.toHaveLength(0);
    keep({ ...plan, figures: findings.figures });
  });
}

/** Lets a fault last, in milliseconds. For nothing else: what a drill waits for it asks for. */
export async function lasting(ms: number): Promise<void> {
  await wait(ms);
}

/** Does something again and again until told to stop, which resolves when the last doing is over. */
export function repeatedly(everyMs: number, task: () => void | Promise<void>): () => Promise<void> {
  const ending = new AbortController();
  const run = async () => {
    while (!ending.signal.aborted) {
      await task();
      await wait(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const done = run();
  return () => {
    ending.abort();
    return done;
  };
}

/** The value that so large a part of the values do not pass. @param part such as 0.99 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
