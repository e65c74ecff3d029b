import { Injectable } from '@nestjs/common';
import { Signals } from '../cluster/signals.js';
import { Rechecks } from './rechecks.js';
import { SecurityLog } from './security-log.js';

/** Sessions that have ended before their time. */
export interface Revocation {
  readonly userId: string;
  /** The one session; absent: all of the user's. */
  readonly sessionId?: string;
  /** Of all, the one that goes on. */
  readonly exceptSessionId?: string;
  readonly cause: 'session_revoked' | 'account_disabled';
}

declare module '../cluster/signals.js' {
  interface SignalMap {
    session_revoked: Revocation;
  }
}

/** Tells every node that sessions have ended, so that it closes what hangs on them. */
@Injectable()
export class Revocations {
  constructor(
    private readonly signals: Signals,
    private readonly log: SecurityLog,
    private readonly rechecks: Rechecks,
  ) {}

  /**
   * Ends sessions and tells the nodes. They are told of what had ended before too: maybe nobody was when it did.
   * @param end says whether there were any @returns the same
   */
  async carryOut(revocation: Revocation, end: () => Promise<boolean>): Promise<boolean> {
    const ended = await this.rechecks.afterDoubt([revocation.userId], end);
    if (ended) this.record(revocation);
    this.signals.emit('session_revoked', revocation);
    return ended;
  }

  /** Tells the nodes of a session that had to make room for a newer one of its user. */
  tellReplaced(userId: string, sessionId: string): void {
    const revocation: Revocation = { userId, sessionId, cause: 'session_revoked' };
    this.record(revocation, 'too_many_sessions');
    this.signals.emit('session_revoked', revocation);
  }

  onRevoked(listener: (revocation: Revocation) => void): void {
    this.signals.on('session_revoked', listener);
  }

  private record(revocation: Revocation, reason?: 'too_many_sessions'): void {
    const { userId: user_id, sessionId: session_id, exceptSessionId: except_session_id, cause } = revocation;
    this.log.record('session_revoked', { user_id, session_id, except_session_id, cause, reason });
  }
}
