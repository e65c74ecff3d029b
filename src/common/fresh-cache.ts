import type { Clock } from './clock.js';

interface Answer<Value> {
  readonly value: Promise<Value>;
  /** When it was asked for, ms since the epoch. */
  readonly askedAt: number;
}

/**
 * Answers of a slower source, each kept until it is forgotten or too old. Who asks for what is on its way already waits
 * for the same answer. What is forgotten while it is on its way is asked for again by all who come later.
 */
export class FreshCache<Value> {
  private readonly answers = new Map<string, Answer<Value>>();

  /** @param max so many answers at most; the longest kept goes first */
  constructor(
    private readonly clock: Clock,
    private readonly ttlMs: number,
    private readonly max: number,
  ) {}

  /** @param after ms since the epoch: an answer asked for then or before does not count */
  read(key: string, load: () => Promise<Value>, after = 0): Promise<Value> {
    const now = this.clock.now();
    const known = this.answers.get(key);
    if (known && known.askedAt > after && now - known.askedAt < this.ttlMs) return known.value;
    const answer = { value: load(), askedAt: now };
    this.answers.delete(key);
    this.answers.set(key, answer);
    this.makeRoom();
    // A failure is told to those who wait for it, and kept for nobody else.
    answer.value.catch(() => this.answers.get(key) === answer && this.answers.delete(key));
    return answer.value;
  }

  forget(key: string): void {
    this.answers.delete(key);
  }

  clear(): void {
    this.answers.clear();
  }

  private makeRoom(): void {
    if (this.answers.size <= this.max) return;
    const [longestKept] = this.answers.keys();
    if (longestKept !== undefined) this.answers.delete(longestKept);
  }
}
