/** Lets so many tasks through at a time; the others wait in line. */
export class Gate {
  private free: number;
  private readonly line: (() => void)[] = [];

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  /** Resolves, or rejects, as the task does. */
  async pass<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.line.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.line.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
