import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { randomToken } from '../common/ids.js';
import { Redis } from '../redis/redis.js';
import type { AccessClaims } from './access-tokens.js';
import { type Ticket, TICKET_TTL_MS, Tickets } from './tickets.js';

@Injectable()
export class RedisTickets extends Tickets {
  constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
  ) {
    super();
  }

  async issue(claims: AccessClaims): Promise<Ticket> {
    const ticket = randomToken(32);
    const expiresAt = this.clock.now() + TICKET_TTL_MS;
    await this.redis.send('SET', this.keyOf(ticket), JSON.stringify(claims), 'PX', TICKET_TTL_MS);
    return { ticket, expiresAt };
  }

  async redeem(ticket: string): Promise<AccessClaims | undefined> {
    const claims = await this.redis.send<string | null>('GETDEL', this.keyOf(ticket));
    return claims === null ? undefined : (JSON.parse(claims) as AccessClaims);
  }

  private keyOf(ticket: string): string {
    return this.redis.keys.ticket(createHash('sha256').update(ticket).digest('base64url'));
  }
}
