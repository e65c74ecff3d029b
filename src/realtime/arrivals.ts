import { Injectable } from '@nestjs/common';
import type { Attempt } from './attempt.js';

/** Newcomers at the same time. Each asks the database up to three things at once, and that has room for 200 questions. */
const AT_ONCE = 40;

/**
 * Lets a few newcomers at a time ask the database and the stores, from their session to their greeting; the others wait
 * in line. When thousands come back at once, some of them wait, or are sent away when the handshake has taken too long,
 * and none is let in only to fail.
 */
@Injectable()
export class Arrivals {
  private busy = 0;
  private readonly line: (() => void)[] = [];

  /** Resolves when it is the attempt's turn, which lasts until its `letNextIn` is called. */
  begin(attempt: Attempt): Promise<void> | void {
    if (this.busy < AT_ONCE) {
      this.busy += 1;
      return this.grant(attempt);
    }
    return new Promise((resolve) =>
      this.line.push(() => {
        this.grant(attempt);
        resolve();
      }),
    );
  }

  private grant(attempt: Attempt): void {
    attempt.letNextIn = () => {
      delete attempt.letNextIn;
      const next = this.line.shift();
      if (next) next();
      else this.busy -= 1;
    };
  }
}
