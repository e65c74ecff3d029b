import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import type { Caller } from '../common/request.js';
import type { PasswordHolder } from '../users/user.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SecurityLog } from './security-log.js';
import { SessionRecord } from './session.entity.js';
import { type Session, Sessions } from './sessions.service.js';
import { SpentRefreshTokenRecord } from './spent-refresh-token.entity.js';

/** For so long a spent token still gets its successor, for the client whose answer was lost; in milliseconds. */
const GRACE_MS = 10_000;

/** The end of a session's chain of refresh tokens: the one that is good now. */
export interface Link {
  readonly userId: string;
  readonly sessionId: string;
  readonly refreshToken: string;
  /** When the session ends for good, ms since the epoch. */
  readonly endsAt: number;
}

/** Each session has a chain of refresh tokens: each is exchanged for the next, once, however many ask at the same moment. */
@Injectable()
export class RefreshChain {
  constructor(
    private readonly database: DataSource,
    private readonly tokens: RefreshTokens,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly log: SecurityLog,
  ) {}

  /** Opens a session. @throws Problem invalid_credentials where the password is no longer good */
  async begin(holder: PasswordHolder, caller: Caller & { deviceName?: string | undefined }): Promise<Link> {
    const refreshToken = this.tokens.issue();
    const session = await this.sessions.open(holder, this.tokens.hash(refreshToken), caller);
    this.log.record('token_created', { user_id: session.userId, session_id: session.id, address: caller.address });
    return this.link(session, refreshToken);
  }

  /** @throws Problem refresh_token_invalid; refresh_token_reused, and then the session has ended */
  async exchange(token: string): Promise<Link> {
    const hash = this.tokens.hash(token);
    const next = this.tokens.successor(token);
    const rotated = await this.spend(hash, this.tokens.hash(next));
    const session = rotated ?? (await this.excuse(hash));
    this.log.record('token_rotated', { user_id: session.userId, session_id: session.id });
    const refreshToken = rotated ? next : this.given(token, session);
    return this.link(session, refreshToken);
  }

  private link(session: Session, refreshToken: string): Link {
    return { userId: session.userId, sessionId: session.id, refreshToken, endsAt: this.sessions.endOf(session) };
  }

  /** The successor that was given for a spent token, maybe under the key before. */
  private given(token: string, { refreshHash }: SessionRecord): string {
    const all = this.tokens.successors(token);
    return all.find((successor) => this.tokens.hash(successor) === refreshHash) ?? this.tokens.successor(token);
  }

  /** Puts the successor in the token's place; of many at once, one finds the token there. */
  private async spend(hash: string, nextHash: string): Promise<SessionRecord | null> {
    const lastUsedAt = new Date(this.clock.now());
    const good = { refreshHash: hash, ...this.sessions.notEnded() };
    const session = await this.database.manager.findOneBy(SessionRecord, good);
    if (!session) return null;
    const next = { refreshHash: nextHash, lastUsedAt, expiresAt: this.sessions.nextExpiry(session.createdAt) };
    return this.database.transaction(async (manager) => {
      const { affected } = await manager.update(SessionRecord, good, next);
      if (!affected) return null;
      await manager.insert(SpentRefreshTokenRecord, { hash, sessionId: session.id, spentAt: lastUsedAt });
      return Object.assign(session, next);
    });
  }

  /** The session of a token that was just spent. One that was spent long ago has been copied: nobody can tell by whom. */
  private async excuse(hash: string): Promise<SessionRecord> {
    const now = this.clock.now();
    const spent = await this.database.manager.findOneBy(SpentRefreshTokenRecord, { hash });
    const session = spent && (await this.database.manager.findOneBy(SessionRecord, { id: spent.sessionId }));
    if (!session) throw new Problem('refresh_token_invalid');
    if (now - spent.spentAt.getTime() > GRACE_MS) return this.refuseReuse(session);
    if (Math.min(session.expiresAt.getTime(), this.sessions.endOf(session)) <= now)
      throw new Problem('refresh_token_invalid');
    return session;
  }

  private async refuseReuse({ userId, id }: SessionRecord): Promise<never> {
    this.log.record('token_reused', { user_id: userId, session_id: id });
    await this.sessions.expire(userId, id);
    throw new Problem('refresh_token_reused');
  }
}
