import { Injectable } from '@nestjs/common';
import { AccessTokens, type AccessClaims } from '../../auth/access-tokens.js';
import { SecurityLog } from '../../auth/security-log.js';
import { Tickets } from '../../auth/tickets.js';
import { Problem } from '../../common/problem.js';
import type { Attempt, Check, Credential } from '../attempt.js';
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

  check(attempt: Attempt): Promise<void> | void {
    const credential = attempt.credential as Credential;
    if ('ticket' in credential)
      return this.redeem(credential.ticket).then((claims) =>
        claims ? this.settle(attempt, claims) : this.refuse(attempt),
      );
    this.settle(attempt, this.verify(attempt, credential.token));
  }

  private settle(attempt: Attempt, claims: AccessClaims): void {
    if (claims.expiresAt <= attempt.startedAt) throw new Problem('token_expired');
    attempt.claims = claims;
  }

  private verify(attempt: Attempt, token: string): AccessClaims {
    try {
      return this.accessTokens.verify(token);
    } catch (error) {
      if (error instanceof Problem && error.code === 'token_invalid') return this.refuse(attempt);
      throw error;
    }
  }

  private async redeem(ticket: string): Promise<AccessClaims | undefined> {
    return ticket.length <= MAX_LENGTH ? this.tickets.redeem(ticket) : undefined;
  }

  private refuse({ address }: Attempt): never {
    this.security.record('token_refused', { address, path: SOCKET_PATH, reason: 'token_invalid' });
    throw new Problem('token_invalid');
  }
}
