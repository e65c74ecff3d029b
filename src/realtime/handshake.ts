import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import { Readiness } from '../common/readiness.js';
import type { Attempt, Check } from './attempt.js';
import { UserLimitCheck } from './checks/user-limit.js';
import { Places } from './places.js';

/** The checks in their order. */
export const CHECKS = Symbol('handshake checks');

/** The checks have this long together, in milliseconds. */
const DEADLINE_MS = 5000;
const RETRY_AFTER_MS = 1000;

/** Whether a request may become a connection: every check in its order, the first refusal is the answer. */
@Injectable()
export class Handshake {
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    @Inject(CHECKS) private readonly checks: readonly Check[],
    private readonly clock: Clock,
    private readonly readiness: Readiness,
    private readonly places: Places,
    private readonly userLimit: UserLimitCheck,
  ) {}

  /**
   * What an attempt was granted on the way is given back unless it succeeds. Where no check takes its time, the answer
   * is there when it returns.
   * @throws Problem of the first check that says no; unavailable when they take too long, or when the node is stopping
   */
  run(attempt: Attempt): Promise<void> | void {
    try {
      const pending = this.ask(attempt, 0);
      if (pending) return this.inTime(attempt, this.settle(attempt, pending));
    } catch (error) {
      void this.release(attempt);
      throw error;
    }
  }

  private inTime(attempt: Attempt, outcome: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(DEADLINE_MS, () => {
        attempt.isAbandoned = true;
        reject(unavailable());
      });
      const settled = outcome.then(resolve, reject).finally(cancel);
      this.underWay.add(settled);
      void settled.then(() => this.underWay.delete(settled));
    });
  }

  private async settle(attempt: Attempt, pending: Promise<void>): Promise<void> {
    try {
      await pending;
    } catch (error) {
      await this.release(attempt);
      throw this.readiness.isDraining ? unavailable() : error;
    }
    if (attempt.isAbandoned) await this.release(attempt);
  }

  /** Asks the checks from `first` on. @returns a promise only if one of them takes its time */
  private ask(attempt: Attempt, first: number): Promise<void> | void {
    for (let index = first; index < this.checks.length; index += 1) {
      const answer = this.checks[index]?.check(attempt);
      if (answer) return this.askOn(attempt, answer, index + 1);
    }
  }

  private async askOn(attempt: Attempt, answer: Promise<void>, next: number): Promise<void> {
    await answer;
    if (attempt.isAbandoned) return;
    if (this.readiness.isDraining) throw unavailable();
    await this.ask(attempt, next);
  }

  /** Gives back what an attempt was granted that came to nothing. Never rejects. */
  async release(attempt: Attempt): Promise<void> {
    const { connectionId: id, identity } = attempt;
    attempt.letNextIn?.();
    this.places.free(id);
    if (identity) await this.userLimit.release({ id, userId: identity.userId });
  }

  /** Resolves when no handshake is under way. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }
}

function unavailable(): Problem {
  return new Problem('unavailable', { retryAfterMs: RETRY_AFTER_MS });
}
