/** The least anybody waits, in ms. */
export const LEAST_MS = 250;
/** The most, in ms. */
const MOST_MS = 20_000;
/** The most the first wait may be, in ms: thousands who lost the same server must not come back as one wave. */
const FIRST_MS = 2000;

/** How long to wait before the next try: anything from 0.25 s to a ceiling that doubles from 2 s to 20 s ("full jitter"). */
export class Backoff {
  private tries = 0;

  constructor(private readonly random: () => number) {}

  /** In ms. */
  next(): number {
    const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** this.tries);
    this.tries += 1;
    return LEAST_MS + this.random() * (ceiling - LEAST_MS);
  }

  reset(): void {
    this.tries = 0;
  }
}
