import { AccessTokens } from '../auth/access-tokens.js';
import { Sessions } from '../auth/sessions.service.js';
import { iso } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import { connection as messages, type DataOf } from '../protocol/index.js';
import type { Connection } from './connection.js';
import { Gateway, type Handles, On } from './on.js';
import { TokenExpiry } from './token-expiry.js';

/** What a connection can ask about itself. */
@Gateway()
export class ConnectionGateway implements Handles<typeof messages> {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly sessions: Sessions,
    private readonly expiry: TokenExpiry,
  ) {}

  @On(messages.ping)
  ping(): null {
    return null;
  }

  @On(messages.authRefresh)
  async authRefresh(
    connection: Connection,
    { token }: DataOf<typeof messages.authRefresh>,
  ): Promise<{ expires_at: string }> {
    const claims = this.accessTokens.verify(token);
    const { userId, sessionId } = connection.identity;
    if (claims.userId !== userId || claims.sessionId !== sessionId) throw new Problem('token_invalid');
    const identity = await this.sessions.requireAlive(claims);
    if (identity.tokenExpiresAt > connection.identity.tokenExpiresAt) this.expiry.extend(connection, identity);
    return { expires_at: iso(connection.identity.tokenExpiresAt) };
  }
}
