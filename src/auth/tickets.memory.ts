import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { MemoryBackend } from '../cluster/memory-backend.js';
import { Clock } from '../common/clock.js';
import { randomToken } from '../common/ids.js';
import type { AccessClaims } from './access-tokens.js';
import { type Ticket, TICKET_TTL_MS, Tickets } from './tickets.js';

interface Entry {
  readonly claims: AccessClaims;
  readonly expiresAt: number;
}

@Injectable()
export class MemoryTickets extends Tickets {
  /** By hash, the oldest first. */
  private readonly entries: Map<string, Entry>;

  constructor(
    backend: MemoryBackend,
    private readonly clock: Clock,
  ) {
    super();
    this.entries = backend.shared('tickets', () => new Map<string, Entry>());
  }

  async issue(claims: AccessClaims): Promise<Ticket> {
    this.forgetOld();
    const ticket = randomToken(32);
    const expiresAt = this.clock.now() + TICKET_TTL_MS;
    this.entries.set(hash(ticket), { claims, expiresAt });
    return { ticket, expiresAt };
  }

  async redeem(ticket: string): Promise<AccessClaims | undefined> {
    const key = hash(ticket);
    const entry = this.entries.get(key);
    this.entries.delete(key);
    return entry && entry.expiresAt > this.clock.now() ? entry.claims : undefined;
  }

  private forgetOld(): void {
    for (const [key, { expiresAt }] of this.entries) {
      if (expiresAt > this.clock.now()) return;
      this.entries.delete(key);
    }
  }
}

function hash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64url');
}
