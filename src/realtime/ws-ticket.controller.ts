import { Controller, Post, Req } from '@nestjs/common';
import { z } from 'zod';
import { CurrentIdentity } from '../auth/access.js';
import type { Identity } from '../auth/identity.js';
import { Tickets } from '../auth/tickets.js';
import { Answers } from '../common/api-doc.js';
import { iso } from '../common/clock.js';
import type { NotedRequest } from '../common/request.js';
import { CapacityCheck } from './checks/capacity.js';
import { OriginCheck } from './checks/origin.js';
import { RateCheck } from './checks/rate.js';
import { UserLimitCheck } from './checks/user-limit.js';

const ticketView = z.strictObject({ ticket: z.string(), expires_at: z.iso.datetime() }).meta({ id: 'Ticket' });

/** Sells tickets to /ws. It asks what the handshake will ask, so that a browser can read why it is refused. */
@Controller('auth/ws-ticket')
export class WsTicketController {
  constructor(
    private readonly capacity: CapacityCheck,
    private readonly rate: RateCheck,
    private readonly origin: OriginCheck,
    private readonly userLimit: UserLimitCheck,
    private readonly tickets: Tickets,
  ) {}

  @Post()
  @Answers(201, 'Ticket issued', ticketView, 'origin_not_allowed', 'too_many_connections', 'unavailable')
  async issue(
    @CurrentIdentity() identity: Identity,
    @Req() request: NotedRequest,
  ): Promise<z.input<typeof ticketView>> {
    const { userId, sessionId, tokenExpiresAt } = identity;
    const address = request.clientAddress;
    this.capacity.preview();
    await this.rate.preview(address);
    this.origin.check({ request, address });
    await this.userLimit.preview(userId);
    const { ticket, expiresAt } = await this.tickets.issue({
      userId,
      sessionId,
      tokenId: '',
      expiresAt: tokenExpiresAt,
    });
    return { ticket, expires_at: iso(expiresAt) };
  }
}
