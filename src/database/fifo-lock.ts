export type Release = () => void;

/** How long anybody waits before the connection counts as stuck, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Waited for the database longer than anybody should. */
class LockTimeout extends Error {
  readonly code = 'LOCK_TIMEOUT';
}

/** One holder at a time, in the order of asking. */
export class FifoLock {
  private held = false;
  private readonly waiting: Release[] = [];

  get isHeld(): boolean {
    return this.held;
  }

  /** @throws LockTimeout when the turn does not come. */
  async acquire(): Promise<Release> {
    if (this.held) await this.turn();
    this.held = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.next();
    };
  }

  private turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(patience);
        resolve();
      };
      const patience = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(new LockTimeout('the database connection is held too long'));
      }, PATIENCE_MS);
      this.waiting.push(enter);
    });
  }

  /** Hands the lock over without letting go, so that nobody can slip in between. */
  private next(): void {
    const enter = this.waiting.shift();
    if (enter) enter();
    else this.held = false;
  }
}
