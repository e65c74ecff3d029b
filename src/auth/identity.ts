import type { Role } from '../users/user.js';

/** Who is calling: settled once per request, and once per connection before the 101. */
export interface Identity {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
  /** When the access token that was shown (or that the ticket was bought with) runs out, ms since the epoch. */
  readonly tokenExpiresAt: number;
  /** When the session ends for good, however often it is refreshed, ms since the epoch. */
  readonly sessionEndsAt: number;
}

/** Why somebody whose access token ran out is let in no longer. Tokens end with their session at the latest, and then no new one is to be had. */
export function reasonOfEnd({ sessionEndsAt }: Identity, now: number): 'token_expired' | 'session_revoked' {
  return sessionEndsAt <= now ? 'session_revoked' : 'token_expired';
}
