import { Injectable } from '@nestjs/common';
import { AccessTokens, type AccessClaims } from '../../auth/access-tokens.js';
import { Tickets } from '../../auth/tickets.js';
import { Problem } from '../../common/problem.js';
import type { Attempt, Check, Credential, Finding } from '../attempt.js';

/** Longer than any ticket of ours. */
const MAX_LENGTH = 4096;

/** Turns the credential into claims: verifies the token, or redeems the ticket, which is used up by it. */
@Injectable()
export class TokenCheck implements Check {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly tickets: Tickets,
  ) {}

  check(attempt: Attempt): Finding {
    const credential = attempt.credential as Credential;
    if ('ticket' in credential) return this.redeem(credential.ticket).then((claims) => this.settle(attempt, claims));
    return this.settle(attempt, this.accessTokens.judge(credential.token));
  }

  private settle(attempt: Attempt, claims: AccessClaims | Problem): Problem | undefined {
    if (claims instanceof Problem) return claims;
    if (claims.expiresAt <= attempt.startedAt) return new Problem('token_expired');
    attempt.claims = claims;
    return undefined;
  }

  private async redeem(ticket: string): Promise<AccessClaims> {
    const claims = ticket.length <= MAX_LENGTH ? await this.tickets.redeem(ticket) : undefined;
    if (!claims) throw new Problem('token_invalid');
    return claims;
  }
}
