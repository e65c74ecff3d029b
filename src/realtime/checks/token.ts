import { Injectable } from '@nestjs/common';
import { AccessTokens, type AccessClaims } from '../../auth/access-tokens.js';
import { SecurityLog } from '../../auth/security-log.js';
import { Tickets } from '../../auth/tickets.js';
import { Problem } from '../../common/problem.js';
import type { Attempt, Check, Credential, Finding } from '../attempt.js';
import { SOCKET_PATH } from './path.js';

/** Longer than any ticket of ours. */
const MAX_LENGTH = 4096;

/** Turns the credential into claims: verifies the token, or redeems the ticket, which is used up by it. */
@Injectable()
export class TokenCheck implements Check {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly tickets: Tickets,
    private readonly security: SecurityLog,
  ) {}

  check(attempt: Attempt): Finding {
    const credential = attempt.credential as Credential;
    if ('ticket' in credential)
      return this.redeem(credential.ticket).then((claims) =>
        this.settle(attempt, claims ?? this.refuse(attempt, new Problem('token_invalid'))),
      );
    return this.settle(attempt, this.verify(attempt, credential.token));
  }

  private settle(attempt: Attempt, claims: AccessClaims | Problem): Problem | undefined {
    if (claims instanceof Problem) return claims;
    if (claims.expiresAt <= attempt.startedAt) return new Problem('token_expired');
    attempt.claims = claims;
    return undefined;
  }

  private verify(attempt: Attempt, token: string): AccessClaims | Problem {
    const found = this.judge(token);
    return found instanceof Problem && found.code === 'token_invalid' ? this.refuse(attempt, found) : found;
  }

  private judge(token: string): AccessClaims | Problem {
    try {
      return this.accessTokens.judge(token);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  private async redeem(ticket: string): Promise<AccessClaims | undefined> {
    return ticket.length <= MAX_LENGTH ? this.tickets.redeem(ticket) : undefined;
  }

  private refuse({ address }: Attempt, problem: Problem): Problem {
    this.security.record('token_refused', { address, path: SOCKET_PATH, reason: problem.code });
    return problem;
  }
}
