import type { Clock } from '../common/clock.js';

interface Waiting {
  /** ms since the epoch */
  readonly until: number;
  readonly giveUp: () => void;
}

/** What has begun and takes its time, and for how long that is waited for. One timer for all of it: the longest waits first. */
export class UnderWay {
  private readonly waiting = new Set<Waiting>();
  private running = 0;
  private isTimed = false;
  private onIdle: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly patienceMs: number,
  ) {}

  /** Ends as `outcome` does or, when that takes too long, in a rejection with what `late` returns. */
  watch(outcome: Promise<void>, late: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { until: this.clock.now() + this.patienceMs, giveUp: () => reject(late()) };
      this.running += 1;
      this.waiting.add(waiting);
      this.time(this.patienceMs);
      outcome.then(resolve, reject).finally(() => this.end(waiting));
    });
  }

  /** Resolves when nothing is under way, late or not. */
  async idle(): Promise<void> {
    while (this.running > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  private end(waiting: Waiting): void {
    this.waiting.delete(waiting);
    this.running -= 1;
    if (this.running > 0 || this.onIdle.length === 0) return;
    for (const resolve of this.onIdle.splice(0)) resolve();
  }

  private time(ms: number): void {
    if (this.isTimed) return;
    this.isTimed = true;
    this.clock.after(ms, () => this.giveUpTheLate());
  }

  private giveUpTheLate(): void {
    this.isTimed = false;
    const now = this.clock.now();
    for (const waiting of this.waiting) {
      if (waiting.until > now) return this.time(waiting.until - now);
      this.waiting.delete(waiting);
      waiting.giveUp();
    }
  }
}
