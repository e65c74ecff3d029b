import { goOn, type Soon } from './soon.js';

/** Lets tasks of one key run one after the other, in the order in which they came; different keys do not wait for each other. A task that nothing is before runs at once. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  take<Result>(key: string, task: () => Promise<Result>): Promise<Result>;
  take<Result>(key: string, task: () => Soon<Result>): Soon<Result>;
  take<Result>(key: string, task: () => Soon<Result>): Soon<Result> {
    const turn = goOn(this.last.get(key), task);
    if (!(turn instanceof Promise)) return turn;
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
