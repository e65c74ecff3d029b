import { Injectable } from '@nestjs/common';
import type { AccessClaims } from '../../auth/access-tokens.js';
import { Sessions } from '../../auth/sessions.service.js';
import type { Attempt, Check } from '../attempt.js';

/** Whether the session is alive and its user enabled. */
@Injectable()
export class SessionCheck implements Check {
  constructor(private readonly sessions: Sessions) {}

  async check(attempt: Attempt): Promise<void> {
    attempt.identity = await this.sessions.requireAlive(attempt.claims as AccessClaims);
  }
}
