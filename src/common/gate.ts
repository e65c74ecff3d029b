/** Lets so many through at a time; the others wait in line. */
export class Gate {
  private free: number;
  private readonly line: (() => void)[] = [];

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  /** Whoever has entered must leave. @returns a promise only where there is a line */
  enter(): Promise<void> | void {
    if (this.free === 0) return new Promise((resolve) => this.line.push(resolve));
    this.free -= 1;
  }

  leave(): void {
    const next = this.line.shift();
    if (next) next();
    else this.free += 1;
  }

  /** Resolves, or rejects, as the task does. */
  async pass<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.enter();
    if (turn) await turn;
    try {
      return await task();
    } finally {
      this.leave();
    }
  }
}
