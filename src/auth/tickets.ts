import type { AccessClaims } from './access-tokens.js';

/** For so long a ticket is good, in milliseconds. */
export const TICKET_TTL_MS = 30_000;

export interface Ticket {
  readonly ticket: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Tickets stand for an access token where the token itself must not be seen, as in an address.
 * A ticket is good once, on any node, for 30 s; of many who show it at the same moment exactly one is let in.
 * While the backend is down none is issued and none is good.
 */
export abstract class Tickets {
  abstract issue(claims: AccessClaims): Promise<Ticket>;
  /** What the ticket stands for; undefined when it is unknown, used or too old. */
  abstract redeem(ticket: string): Promise<AccessClaims | undefined>;
}
