const STEPS_PER_OCTAVE = 32;
const OCTAVES = 30;

/** Durations in logarithmic buckets about 2 % wide: constant memory, whatever is put in. */
export class Histogram {
  count = 0;
  private readonly buckets = new Uint32Array(STEPS_PER_OCTAVE * OCTAVES);

  add(ms: number): void {
    const step = Math.floor(Math.log2(Math.max(1, ms * 1000)) * STEPS_PER_OCTAVE);
    this.buckets[Math.min(step, this.buckets.length - 1)]! += 1;
    this.count += 1;
  }

  /** The duration in ms that a share of all does not exceed; 0 when there are none. */
  percentile(share: number): number {
    const wanted = Math.ceil(this.count * share);
    let seen = 0;
    for (let step = 0; step < this.buckets.length; step += 1) {
      seen += this.buckets[step]!;
      if (wanted > 0 && seen >= wanted) return 2 ** ((step + 0.5) / STEPS_PER_OCTAVE) / 1000;
    }
    return 0;
  }

  clear(): void {
    this.count = 0;
    this.buckets.fill(0);
  }
}
