import { Injectable } from '@nestjs/common';
import { AccessTokens, type AccessClaims } from '../../auth/access-tokens.js';
import { Tickets } from '../../auth/tickets.js';
import { Problem } from '../../common/problem.js';
import type { Attempt, Check, Credential } from '../attempt.js';

/** Longer than any token of ours. */
const MAX_LENGTH = 4096;

/** Turns the credential into claims: verifies the token, or redeems the ticket, which is used up by it. */
@Injectable()
export class TokenCheck implements Check {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly tickets: Tickets,
  ) {}

  async check(attempt: Attempt): Promise<void> {
    attempt.claims = await this.claims(attempt.credential as Credential);
    if (attempt.claims.expiresAt <= attempt.startedAt) throw new Problem('token_expired');
  }

  private async claims(credential: Credential): Promise<AccessClaims> {
    const text = 'token' in credential ? credential.token : credential.ticket;
    if (text.length > MAX_LENGTH) throw new Problem('token_invalid');
    if ('token' in credential) return this.accessTokens.verify(text);
    const claims = await this.tickets.redeem(text);
    if (!claims) throw new Problem('token_invalid');
    return claims;
  }
}
