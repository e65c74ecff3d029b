import { Problem } from '../common/problem.js';

/** Hashes at one moment: each keeps a thread and 19 MiB busy. */
const IN_FLIGHT = 2;
/** Calls that may wait for one. At some 25 ms a hash the last of them is served well within a second. */
const WAITING = 24;

/** Keeps a flood of logins from taking the machine: a few hashes at once, a short line, and the rest are sent away at once. */
export class HashGate {
  private admitted = 0;
  private inFlight = 0;
  private readonly line: (() => void)[] = [];

  /**
   * Runs what comes to a hash by and by, as long as there would be room for all who are on their way to one. Who is sent
   * away here has cost nothing yet.
   * @throws Problem unavailable
   */
  async admit<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.admitted >= IN_FLIGHT + WAITING) throw full();
    this.admitted += 1;
    try {
      return await work();
    } finally {
      this.admitted -= 1;
    }
  }

  /** @throws Problem unavailable when the line is full */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.inFlight >= IN_FLIGHT) await this.turn();
    else this.inFlight += 1;
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next) next();
      else this.inFlight -= 1;
    }
  }

  private turn(): Promise<void> {
    if (this.line.length >= WAITING) throw full();
    return new Promise((resolve) => this.line.push(resolve));
  }
}

function full(): Problem {
  return new Problem('unavailable', { retryAfterMs: 1000 });
}
