import type { Clock } from './clock.js';
import type { Soon } from './soon.js';

/** So many are dropped at most without a pause. */
const DROPPED_AT_ONCE = 500;
const PAUSE_MS = 20;

interface Answer<Value> {
  /** A promise until it has come. */
  value: Soon<Value>;
  /** When it was asked for, ms since the epoch. */
  readonly askedAt: number;
}

/**
 * Answers of a slower source, each kept until it is forgotten or too old. Who asks for what is on its way already waits
 * for the same answer. What is forgotten while it is on its way is asked for again by all who come later. What is too
 * old does not stay in memory. An answer that is there is given at once.
 */
export class FreshCache<Value> {
  /** The longest kept first. */
  private readonly answers = new Map<string, Answer<Value>>();
  private isSwept = false;

  /** @param max so many answers at most; the longest kept goes first */
  constructor(
    private readonly clock: Clock,
    private readonly ttlMs: number,
    private readonly max: number,
  ) {}

  /** @param after ms since the epoch: an answer asked for then or before does not count */
  read(key: string, load: () => Soon<Value>, after = 0): Soon<Value> {
    const now = this.clock.now();
    const known = this.answers.get(key);
    if (known && known.askedAt > after && now - known.askedAt < this.ttlMs) return known.value;
    const asked = load();
    const answer: Answer<Value> = { value: asked, askedAt: now };
    this.answers.delete(key);
    this.answers.set(key, answer);
    this.makeRoom();
    this.sweepIn(this.ttlMs);
    // A failure is told to those who wait for it, and kept for nobody else.
    if (!(asked instanceof Promise)) return asked;
    asked.then(
      (value) => (answer.value = value),
      () => this.answers.get(key) === answer && this.answers.delete(key),
    );
    return asked;
  }

  forget(key: string): void {
    this.answers.delete(key);
  }

  clear(): void {
    this.answers.clear();
  }

  private makeRoom(): void {
    if (this.answers.size <= this.max) return;
    for (const longestKept of this.answers.keys()) {
      this.answers.delete(longestKept);
      return;
    }
  }

  private sweepIn(ms: number): void {
    if (this.isSwept) return;
    this.isSwept = true;
    this.clock.after(ms, () => {
      this.isSwept = false;
      this.sweep(this.clock.now());
    });
  }

  private sweep(now: number): void {
    let left = DROPPED_AT_ONCE;
    for (const [key, { askedAt }] of this.answers) {
      const goodForMs = askedAt + this.ttlMs - now;
      if (left === 0 || goodForMs > 0) return this.sweepIn(Math.max(PAUSE_MS, goodForMs));
      this.answers.delete(key);
      left -= 1;
    }
  }
}
