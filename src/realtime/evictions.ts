import { Injectable } from '@nestjs/common';
import type { Identity } from '../auth/identity.js';
import { Revocations, type Revocation } from '../auth/revocations.js';
import { Clock } from '../common/clock.js';
import { Connections } from './connections.js';

/** How long a revocation is remembered for handshakes that were under way: longer than any handshake may take. */
const REMEMBER_MS = 30_000;

/** Closes the sockets of sessions that end, on every node, and of none else. */
@Injectable()
export class Evictions {
  /** By user, the one longest left in peace first. */
  private readonly recent = new Map<string, { at: number; revocation: Revocation }[]>();

  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
    revocations: Revocations,
  ) {
    revocations.onRevoked((revocation) => this.evict(revocation));
  }

  /** The revocation that a handshake begun at `since` may have missed by reading the session just before it ended. */
  missedBy(identity: Identity, since: number): Revocation | undefined {
    const own = this.recent.get(identity.userId);
    return own?.find(({ at, revocation }) => at >= since && concerns(revocation, identity))?.revocation;
  }

  /** When the newest of the user's revocations that are remembered was heard of, ms since the epoch; 0: of none. */
  latestOf(userId: string): number {
    return this.recent.get(userId)?.at(-1)?.at ?? 0;
  }

  private evict(revocation: Revocation): void {
    this.remember(revocation, this.clock.now());
    for (const connection of [...this.connections.ofUser(revocation.userId)]) {
      if (concerns(revocation, connection.identity)) connection.close(revocation.cause);
    }
  }

  private remember(revocation: Revocation, now: number): void {
    for (const [userId, remembered] of this.recent) {
      if (now - (remembered.at(-1)?.at ?? 0) < REMEMBER_MS) break;
      this.recent.delete(userId);
    }
    const own = this.recent.get(revocation.userId) ?? [];
    this.recent.delete(revocation.userId);
    this.recent.set(revocation.userId, [...own.filter(({ at }) => now - at < REMEMBER_MS), { at: now, revocation }]);
  }
}

function concerns({ userId, sessionId, exceptSessionId }: Revocation, identity: Identity): boolean {
  if (identity.userId !== userId || identity.sessionId === exceptSessionId) return false;
  return sessionId === undefined || identity.sessionId === sessionId;
}
