import { Clock, type Cancel } from '../../src/common/clock.js';

interface Timer {
  due: number;
  readonly period: number | undefined;
  readonly task: () => void;
}

/** Time that stands still until a test moves it on. */
export class TestClock extends Clock {
  private readonly timers = new Set<Timer>();

  constructor(private time = Date.now()) {
    super();
  }

  now(): number {
    return this.time;
  }

  after(ms: number, task: () => void): Cancel {
    return this.add({ due: this.time + ms, period: undefined, task });
  }

  every(ms: number, task: () => void): Cancel {
    return this.add({ due: this.time + ms, period: Math.max(1, ms), task });
  }

  /** Moves time on by `ms`; on the way every timer that falls due runs at its own time, and what it started gets its turn. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let timer = this.next(end); timer; timer = this.next(end)) {
      this.time = Math.max(this.time, timer.due);
      if (timer.period === undefined) this.timers.delete(timer);
      else timer.due += timer.period;
      timer.task();
      await turn();
    }
    this.time = end;
    await turn();
  }

  private add(timer: Timer): Cancel {
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  private next(end: number): Timer | undefined {
    const due = [...this.timers].filter((timer) => timer.due <= end);
    return due.reduce<Timer | undefined>(
      (first, timer) => (first && first.due <= timer.due ? first : timer),
      undefined,
    );
  }
}

/** Lets everything run that is ready to. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
