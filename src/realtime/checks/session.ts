import { Injectable } from '@nestjs/common';
import type { AccessClaims } from '../../auth/access-tokens.js';
import type { Identity } from '../../auth/identity.js';
import { Sessions } from '../../auth/sessions.service.js';
import { Broker } from '../../cluster/broker.js';
import { Clock } from '../../common/clock.js';
import { FreshCache } from '../../common/fresh-cache.js';
import { goOn, type Soon } from '../../common/soon.js';
import { Arrivals } from '../arrivals.js';
import type { Attempt, Check } from '../attempt.js';
import { Evictions } from '../evictions.js';

/** For so long a session that was alive is taken to be, unless its end is heard of; in milliseconds. */
const FRESH_MS = 5000;
const MAX_SESSIONS = 20_000;

/** Whether the session is alive and its user enabled. Who reconnects within seconds costs no query. */
@Injectable()
export class SessionCheck implements Check {
  private readonly alive: FreshCache<Identity>;

  constructor(
    private readonly sessions: Sessions,
    private readonly evictions: Evictions,
    private readonly arrivals: Arrivals,
    broker: Broker,
    clock: Clock,
  ) {
    this.alive = new FreshCache(clock, FRESH_MS, MAX_SESSIONS);
    broker.onGap(() => this.alive.clear());
  }

  check(attempt: Attempt): Soon<void> {
    return goOn(this.arrivals.begin(attempt), () => this.ask(attempt));
  }

  private ask(attempt: Attempt): Soon<void> {
    if (attempt.isAbandoned) return;
    const claims = attempt.claims as AccessClaims;
    const { userId, sessionId, expiresAt } = claims;
    const load = () => this.sessions.requireAlive(claims);
    // By both: what is known of a session is no answer for a token that names another user with it.
    const identity = this.alive.read(`${userId} ${sessionId}`, load, this.evictions.latestOf(userId));
    return goOn(identity, ({ role, sessionEndsAt }) => {
      attempt.identity = { userId, sessionId, role, tokenExpiresAt: expiresAt, sessionEndsAt };
    });
  }
}
