const ERRORS = 10;
const WINDOW_MS = 60_000;

/** How much bad input a connection may send: the tenth error within 60 s is one too many. */
export class ErrorBudget {
  private times: number[] = [];

  /** Counts an error. @returns whether the budget is used up. */
  spend(now: number): boolean {
    this.times = this.times.filter((time) => now - time < WINDOW_MS);
    return this.times.push(now) >= ERRORS;
  }
}
