/** Lets tasks of one key run one after the other, in the order in which they came; different keys do not wait for each other. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  take<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.last.get(key);
    const turn = before ? before.then(task) : task();
    const end = () => {
      if (this.last.get(key) === done) this.last.delete(key);
    };
    const done: Promise<void> = turn.then(end, end);
    this.last.set(key, done);
    return turn;
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.last.size > 0) await Promise.all(this.last.values());
  }
}
