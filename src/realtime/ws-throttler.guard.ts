import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import type { Connection } from './connection.js';

/** Holds a connection to RATE_LIMIT_MESSAGES; one that ignores it for ten seconds is closed. */
@Injectable()
export class WsThrottlerGuard implements CanActivate {
  constructor(private readonly clock: Clock) {}

  canActivate(context: ExecutionContext): boolean {
    const connection = context.switchToWs().getClient<Connection>();
    const now = this.clock.now();
    const retryAfterMs = connection.limit.take(now);
    if (retryAfterMs === 0) return true;
    if (connection.limit.isIgnored(now)) connection.close('rate_limit_ignored');
    throw new Problem('rate_limited', { retryAfterMs });
  }
}
