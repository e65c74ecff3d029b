/** Lets tasks of one key run one after the other, in the order in which they came; different keys do not wait for each other. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  take<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const turn = (this.last.get(key) ?? Promise.resolve()).then(task);
    const done: Promise<void> = turn.then(noop, noop).then(() => {
      if (this.last.get(key) === done) this.last.delete(key);
    });
    this.last.set(key, done);
    return turn;
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.last.size > 0) await Promise.all(this.last.values());
  }
}

function noop(): void {}
