import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, LessThan, LessThanOrEqual, MoreThan, Not, type Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { storedId } from '../common/ids.js';
import { cursorKey, type PageQuery } from '../common/page.js';
import { Problem } from '../common/problem.js';
import { goOn, type Soon } from '../common/soon.js';
import type { Caller } from '../common/request.js';
import { AuthSettings } from '../config/settings.js';
import { ask } from '../database/ask.js';
import { fromDatetime, placeholders, toDatetime } from '../database/raw.js';
import type { PasswordHolder, Role } from '../users/user.js';
import { Users } from '../users/users.service.js';
import type { AccessClaims } from './access-tokens.js';
import type { Identity } from './identity.js';
import { Revocations } from './revocations.js';
import { SessionRecord } from './session.entity.js';
import { SpentRefreshTokenRecord } from './spent-refresh-token.entity.js';

/** A login of a user on a device, as its owner sees it. */
export type Session = Readonly<Omit<SessionRecord, 'refreshHash'>>;

/** A user, and the session where it goes on, as the database writes them. */
interface Standing {
  readonly role: Role;
  readonly disabledAt: unknown;
  readonly session: string | null;
  readonly begun: string | Date | null;
}

/** Asked with every request and every handshake, hence no more than is needed, at once. */
const STANDING = `
  SELECT u.role AS role, u.disabled_at AS disabledAt, s.id AS session, s.created_at AS begun
  FROM users u LEFT JOIN sessions s ON s.user_id = u.id AND s.id = ? AND s.expires_at > ? AND s.created_at > ?
  WHERE u.id = ?`;

const alive = (sessionIds: readonly string[]) => `
  SELECT s.id AS id
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id IN (${placeholders(sessionIds)}) AND s.expires_at > ? AND s.created_at > ? AND u.disabled_at IS NULL`;

/** Who is logged in, where, until when. */
@Injectable()
export class Sessions {
  constructor(
    @InjectRepository(SessionRecord) private readonly records: Repository<SessionRecord>,
    private readonly users: Users,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
    private readonly settings: AuthSettings,
  ) {}

  /**
   * Opens a session, and ends those not used for longest where the user has too many.
   * @throws Problem invalid_credentials where the password was changed or the account disabled since it was compared
   */
  async open(
    holder: PasswordHolder,
    refreshHash: string,
    caller: Caller & { deviceName?: string | undefined },
  ): Promise<Session> {
    const now = this.clock.now();
    const session: SessionRecord = {
      id: storedId(),
      userId: holder.user.id,
      refreshHash,
      deviceName: caller.deviceName ?? null,
      ip: caller.address.slice(0, 45),
      userAgent: caller.userAgent ?? null,
      createdAt: new Date(now),
      lastUsedAt: new Date(now),
      expiresAt: this.nextExpiry(new Date(now)),
    };
    const replaced = await this.records.manager.transaction(async (manager) => {
      if (!(await this.users.holds(holder, manager))) throw new Problem('invalid_credentials');
      const surplus = await this.surplus(session.userId, manager);
      if (surplus.length > 0) await manager.delete(SessionRecord, { id: In(surplus) });
      await manager.insert(SessionRecord, session);
      return surplus;
    });
    for (const sessionId of replaced) this.revocations.tellReplaced(session.userId, sessionId);
    return session;
  }

  /** Those that have to make room for one more, while no other of the user can begin. */
  private async surplus(userId: string, manager: EntityManager): Promise<string[]> {
    const rows = await manager.find(SessionRecord, {
      select: { id: true },
      where: { userId, ...this.notEnded() },
      order: { lastUsedAt: 'DESC', id: 'DESC' },
    });
    return rows.slice(this.settings.maxSessionsPerUser - 1).map(({ id }) => id);
  }

  /** Who a good token speaks for, if its session goes on. @throws Problem session_revoked, account_disabled */
  requireAlive({
    userId,
    sessionId,
    expiresAt,
  }: Pick<AccessClaims, 'userId' | 'sessionId' | 'expiresAt'>): Soon<Identity> {
    return goOn(this.standing(userId, sessionId), ([standing]) => {
      if (standing?.disabledAt) throw new Problem('account_disabled');
      const begun = fromDatetime(standing?.begun ?? null);
      if (!standing || begun === null) throw new Problem('session_revoked');
      const sessionEndsAt = begun + this.settings.sessionMaxAgeMs;
      // Not the database's own text: a connection keeps this, and there are many.
      const role = standing.role === 'admin' ? 'admin' : 'user';
      return { userId, sessionId, role, tokenExpiresAt: expiresAt, sessionEndsAt };
    });
  }

  /** Which of these sessions go on, of users who are not disabled. */
  async alive(sessionIds: readonly string[]): Promise<Set<string>> {
    if (sessionIds.length === 0) return new Set();
    const rows = await this.records.query<{ id: string }[]>(alive(sessionIds), [...sessionIds, ...this.bounds()]);
    return new Set(rows.map(({ id }) => id));
  }

  /** Up to `limit + 1` of the user's sessions, the newest first. */
  async ofUser(userId: string, query: PageQuery): Promise<Session[]> {
    const before = cursorKey(query);
    const where = { userId, ...this.notEnded(), ...(before !== undefined && { id: LessThan(before) }) };
    return this.records.find({ where, order: { id: 'DESC' }, take: query.limit + 1 });
  }

  /** Up to `limit` users who have sessions, by id. @param after the last one that is known, or '' */
  async holders(after: string, limit: number): Promise<string[]> {
    const text = 'SELECT DISTINCT user_id AS id FROM sessions WHERE user_id > ? ORDER BY user_id LIMIT ?';
    return (await this.records.query<{ id: string }[]>(text, [after, limit])).map(({ id }) => id);
  }

  /** When a session that is used now runs out unless it is used again. */
  nextExpiry(createdAt: Date): Date {
    return new Date(Math.min(this.clock.now() + this.settings.refreshTokenTtlMs, this.endOf({ createdAt })));
  }

  /** When a session ends for good, however often it is used, ms since the epoch. */
  endOf({ createdAt }: Pick<Session, 'createdAt'>): number {
    return createdAt.getTime() + this.settings.sessionMaxAgeMs;
  }

  /** What is so of the sessions that go on. They are asked for their age too: the setting may have been a longer one before. */
  notEnded() {
    const now = this.clock.now();
    return {
      expiresAt: MoreThan(new Date(now)),
      createdAt: MoreThan(new Date(now - this.settings.sessionMaxAgeMs)),
    };
  }

  /** @throws Problem session_not_found where it is not one of the user's */
  async end(userId: string, sessionId: string): Promise<void> {
    if (!(await this.close(userId, sessionId))) throw new Problem('session_not_found');
  }

  /** Ends a session that may have ended already. @returns whether it was there */
  async close(userId: string, sessionId: string): Promise<boolean> {
    return this.revocations.carryOut({ userId, sessionId, cause: 'session_revoked' }, async () => {
      const { affected } = await this.records.delete({ id: sessionId, userId });
      return Boolean(affected);
    });
  }

  /** Ends a session but keeps what it spent until the next sweep, so that a copied token is known as such to all who show it. */
  async expire(userId: string, sessionId: string): Promise<void> {
    const alive = { id: sessionId, userId, ...this.notEnded() };
    await this.revocations.carryOut({ userId, sessionId, cause: 'session_revoked' }, async () => {
      const { affected } = await this.records.update(alive, { expiresAt: new Date(this.clock.now()) });
      return Boolean(affected);
    });
  }

  async endAll(userId: string, cause: 'session_revoked' | 'account_disabled' = 'session_revoked'): Promise<void> {
    await this.revocations.carryOut({ userId, cause }, async () => {
      await this.records.delete({ userId });
      return true;
    });
  }

  /** Sets a password and ends all sessions, but the one where it was set. @throws Problem invalid_credentials where another was set since the old one was compared */
  async changePassword(holder: PasswordHolder, passwordHash: string, sessionId?: string): Promise<void> {
    const userId = holder.user.id;
    const but = sessionId === undefined ? {} : { exceptSessionId: sessionId };
    await this.revocations.carryOut({ userId, ...but, cause: 'session_revoked' }, () =>
      this.records.manager.transaction(async (manager) => {
        const replaced = await this.users.replacePasswordHash(holder, passwordHash, manager);
        if (!replaced) throw new Problem('invalid_credentials');
        await manager.delete(SessionRecord, { userId, ...(sessionId !== undefined && { id: Not(sessionId) }) });
        return true;
      }),
    );
  }

  /** Forgets those that ran out with their spent tokens, and of the others what was spent so long ago that it would have run out. */
  async sweep(): Promise<void> {
    const now = this.clock.now();
    await this.records.delete({ expiresAt: LessThanOrEqual(new Date(now)) });
    const longAgo = LessThanOrEqual(new Date(now - this.settings.refreshTokenTtlMs));
    await this.records.manager.delete(SpentRefreshTokenRecord, { spentAt: longAgo });
  }

  private standing(userId: string, sessionId: string): Soon<Standing[]> {
    return ask(this.records.manager.dataSource, STANDING, [sessionId, ...this.bounds(), userId]);
  }

  /** For queries written by hand, the same as notEnded. */
  private bounds(): [expiresAfter: string, createdAfter: string] {
    const now = this.clock.now();
    return [toDatetime(now), toDatetime(now - this.settings.sessionMaxAgeMs)];
  }
}
