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
  private recent: { at: number; revocation: Revocation }[] = [];

  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
    revocations: Revocations,
  ) {
    revocations.onRevoked((revocation) => this.evict(revocation));
  }

  /** The revocation that a handshake begun at `since` may have missed by reading the session just before it ended. */
  missedBy(identity: Identity, since: number): Revocation | undefined {
    return this.recent.find(({ at, revocation }) => at >= since && concerns(revocation, identity))?.revocation;
  }

  private evict(revocation: Revocation): void {
    const now = this.clock.now();
    this.recent = this.recent.filter(({ at }) => now - at < REMEMBER_MS);
    this.recent.push({ at: now, revocation });
    for (const connection of [...this.connections.ofUser(revocation.userId)]) {
      if (concerns(revocation, connection.identity)) connection.close(revocation.cause);
    }
  }
}

function concerns({ userId, sessionId, exceptSessionId }: Revocation, identity: Identity): boolean {
  if (identity.userId !== userId || identity.sessionId === exceptSessionId) return false;
  return sessionId === undefined || identity.sessionId === sessionId;
}
