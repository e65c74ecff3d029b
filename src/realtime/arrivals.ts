import { Injectable } from '@nestjs/common';
import { Gate } from '../common/gate.js';
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
  private readonly gate = new Gate(AT_ONCE);

  /** Resolves when it is the attempt's turn, which lasts until its `letNextIn` is called. */
  begin(attempt: Attempt): Promise<void> | void {
    const turn = this.gate.enter();
    if (turn) return turn.then(() => this.grant(attempt));
    this.grant(attempt);
  }

  private grant(attempt: Attempt): void {
    attempt.letNextIn = () => {
      attempt.letNextIn = undefined;
      this.gate.leave();
    };
  }
}
