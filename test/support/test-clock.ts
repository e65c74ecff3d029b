import { type Cancel, Clock } from '../../src/common/clock.js';

interface Timer {
  at: number;
  readonly every: number | undefined;
  readonly task: () => void;
}

/** Time that stands still until a test moves it. */
export class TestClock extends Clock {
  private readonly timers = new Set<Timer>();

  constructor(private time = Date.UTC(2026, 0, 1)) {
    super();
  }

  now(): number {
    return this.time;
  }

  protected steady(): number {
    return this.time;
  }

  after(ms: number, task: () => void): Cancel {
    return this.add({ at: this.time + ms, every: undefined, task });
  }

  every(ms: number, task: () => void): Cancel {
    return this.add({ at: this.time + ms, every: Math.max(1, ms), task });
  }

  /** Moves time on, running what falls due in its order, and lets what that starts come to rest after each step. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (let due = this.due(end); due; due = this.due(end)) {
      this.time = Math.max(this.time, due.at);
      if (due.every === undefined) this.timers.delete(due);
      else due.at += due.every;
      due.task();
      await settled();
    }
    this.time = end;
    await settled();
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.timers.size;
  }

  private add(timer: Timer): Cancel {
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  private due(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (timer.at <= end && (!first || timer.at < first.at)) first = timer;
    return first;
  }
}

/** A few turns of the event loop: promises, immediates and the messages between nodes of one process. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
