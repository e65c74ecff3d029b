import { hash, randomBytes } from 'node:crypto';

/** Places in a row, in one of which a key must stand. */
const WAYS = 8;
const ROWS = 2 ** 17;
/** So many keys are not hashed a third time: those who came once and never again are not among them. */
const MAX_RECENT = 1024;

/** Where a key may stand, and what it is known by there. */
interface Seat {
  readonly row: number;
  readonly print: number;
}

/**
 * Token buckets by key, each the time at which it will be full again. Of a fixed size, so that made-up keys cost neither
 * memory nor the garbage of keys forgotten: 16 MiB for a million. In a full row the bucket that is nearest to being
 * full makes room. Keys are told apart by 69 bits of a hash that only this process can compute.
 */
export class BucketTable {
  private readonly prints = new Float64Array(ROWS * WAYS);
  private readonly times = new Float64Array(ROWS * WAYS);
  private readonly secret = randomBytes(16).toString('latin1');
  private readonly recent = new Map<string, Seat>();

  /** Where the bucket of this key is; a full one is made where there is none. */
  place(key: string): number {
    const known = this.recent.get(key);
    const seat = known ?? this.seatOf(key);
    let victim = seat.row;
    for (let place = seat.row; place < seat.row + WAYS; place += 1) {
      if (this.prints[place] === seat.print) {
        if (!known) this.remember(key, seat);
        return place;
      }
      if (this.fullAt(place) < this.fullAt(victim)) victim = place;
    }
    this.prints[victim] = seat.print;
    this.times[victim] = 0;
    return victim;
  }

  /** @returns ms since the epoch, in the past for a bucket that is full */
  fullAt(place: number): number {
    return this.times[place] ?? 0;
  }

  setFullAt(place: number, time: number): void {
    this.times[place] = time;
  }

  private seatOf(key: string): Seat {
    const digest = hash('sha256', this.secret + key, 'hex');
    const row = (Number.parseInt(digest.slice(0, 8), 16) % ROWS) * WAYS;
    return { row, print: 1 + Number.parseInt(digest.slice(8, 21), 16) };
  }

  private remember(key: string, seat: Seat): void {
    if (this.recent.size === MAX_RECENT) this.recent.clear();
    this.recent.set(key, seat);
  }
}
