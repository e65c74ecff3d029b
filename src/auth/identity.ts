import type { Role } from '../users/user.js';

/** Who is calling: settled once per request, and once per connection before the 101. */
export interface Identity {
  readonly userId: string;
  readonly sessionId: string;
  readonly role: Role;
  /** When the access token that was shown (or that the ticket was bought with) runs out, ms since the epoch. */
  readonly tokenExpiresAt: number;
}
