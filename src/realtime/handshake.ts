import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import { Readiness } from '../common/readiness.js';
import type { Soon } from '../common/soon.js';
import type { Attempt, Check, Finding } from './attempt.js';
import { UserLimitCheck } from './checks/user-limit.js';
import { Places } from './places.js';
import { UnderWay } from './under-way.js';

/** The checks in their order. */
export const CHECKS = Symbol('handshake checks');

/** The checks have this long together, in milliseconds. */
const DEADLINE_MS = 5000;
const RETRY_AFTER_MS = 1000;

/** Whether a request may become a connection: every check in its order, the first refusal is the answer. */
@Injectable()
export class Handshake {
  private readonly underWay: UnderWay;

  constructor(
    @Inject(CHECKS) private readonly checks: readonly Check[],
    clock: Clock,
    private readonly readiness: Readiness,
    private readonly places: Places,
    private readonly userLimit: UserLimitCheck,
  ) {
    this.underWay = new UnderWay(clock, DEADLINE_MS);
  }

  /**
   * What an attempt was granted on the way is given back unless it succeeds. Where no check takes its time, the answer
   * is there when it returns.
   * @returns the Problem of the first check that says no, unless it is thrown
   * @throws Problem, too: unavailable when they take too long, or when the node is stopping
   */
  run(attempt: Attempt): Finding {
    let answer: Finding = undefined;
    let next = 0;
    let isThrown = true;
    // To catch a refusal and throw it on would cost as much as to throw it.
    try {
      for (; next < this.checks.length && !answer; next += 1) answer = this.checks[next]?.check(attempt);
      isThrown = false;
    } finally {
      if (isThrown || answer instanceof Problem) void this.release(attempt);
    }
    if (!(answer instanceof Promise)) return answer;
    return this.underWay.watch(this.goOn(attempt, answer, next), () => abandoned(attempt));
  }

  /** Waits for the answer of one check, and asks those after it. */
  private async goOn(attempt: Attempt, answer: Promise<Problem | void>, next: number): Promise<void> {
    try {
      throwIf(await answer);
      for (let index = next; index < this.checks.length && this.isWanted(attempt); index += 1) {
        const more = this.checks[index]?.check(attempt);
        if (more) throwIf(await more);
      }
      if (this.isWanted(attempt)) return;
    } catch (error) {
      await this.release(attempt);
      throw this.readiness.isDraining ? unavailable() : error;
    }
    await this.release(attempt);
  }

  /** @throws Problem unavailable when the node is stopping */
  private isWanted(attempt: Attempt): boolean {
    if (attempt.isAbandoned) return false;
    if (this.readiness.isDraining) throw unavailable();
    return true;
  }

  /** Gives back what an attempt was granted that came to nothing. Never rejects. */
  release(attempt: Attempt): Soon<void> {
    const { connectionId: id, identity } = attempt;
    attempt.letNextIn?.();
    this.places.free(id);
    if (identity) return this.userLimit.release({ id, userId: identity.userId });
  }

  /** Resolves when no handshake is under way. */
  idle(): Promise<void> {
    return this.underWay.idle();
  }
}

function throwIf(problem: Problem | void): void {
  if (problem) throw problem;
}

function abandoned(attempt: Attempt): Problem {
  attempt.isAbandoned = true;
  return unavailable();
}

function unavailable(): Problem {
  return new Problem('unavailable', { retryAfterMs: RETRY_AFTER_MS });
}
