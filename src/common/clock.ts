/** Ends a timer; calling it twice is harmless. */
export type Cancel = () => void;

/** From when something lasts, by the clock that may be set and by one that stands still while the machine sleeps. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

/** Time, as everything that waits or expires sees it. Tests put their own in its place. */
export abstract class Clock {
  /** Milliseconds since the epoch, UTC. */
  abstract now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets. */
  protected abstract steady(): number;
  /** Calls `task` once after `ms`. A pending timer never keeps the process alive. */
  abstract after(ms: number, task: () => void): Cancel;
  /** Calls `task` every `ms`. A pending timer never keeps the process alive. */
  abstract every(ms: number, task: () => void): Cancel;

  /** The moment so many milliseconds ago. */
  moment(agoMs = 0): Moment {
    return { wall: this.now() - agoMs, steady: this.steady() - agoMs };
  }

  /** Milliseconds since then: rather too many than too few where the clock was set meanwhile or the machine slept. */
  since({ wall, steady }: Moment): number {
    return Math.max(this.now() - wall, this.steady() - steady);
  }
}

/** The earlier of two moments that there may be. */
export function earlier<Other extends Moment | undefined>(one: Moment | undefined, other: Other): Moment | Other {
  return one && (!other || one.steady < other.steady) ? one : other;
}

/** The longest a timer of the platform can wait: it takes more for no time at all. */
const LONGEST_MS = 2 ** 31 - 1;

export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  protected steady(): number {
    return performance.now();
  }

  after(ms: number, task: () => void): Cancel {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      const step = Math.min(left, LONGEST_MS);
      timer = setTimeout(() => (left > step ? wait(left - step) : task()), step).unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  }

  every(ms: number, task: () => void): Cancel {
    const timer = setInterval(task, ms).unref();
    return () => clearInterval(timer);
  }
}

/** How many seconds are remembered as text. */
const SECONDS = 8;
const seconds = new Float64Array(SECONDS).fill(NaN);
const texts: string[] = [];

let lastMs = NaN;
let lastIso = '';

/** Milliseconds since the epoch as the wire writes them. Of the second in which it is, most is known already. */
export function iso(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms;
    lastIso = Number.isInteger(ms) ? write(ms) : new Date(ms).toISOString();
  }
  return lastIso;
}

function write(ms: number): string {
  const second = Math.floor(ms / 1000);
  const place = second & (SECONDS - 1);
  if (seconds[place] !== second) {
    texts[place] = new Date(second * 1000).toISOString().slice(0, -4);
    seconds[place] = second;
  }
  return `${texts[place]}${String(ms - second * 1000).padStart(3, '0')}Z`;
}

/** The same for what may be missing. */
export function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : iso(ms);
}
