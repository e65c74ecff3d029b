import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { reasonOfEnd } from '../auth/identity.js';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import type { Connection } from './connection.js';

/**
 * Lets a message through while the connection's access token lives. The token itself was verified before the 101, and
 * a session that ends closes its connections, so there is nothing to look up here.
 */
@Injectable()
export class WsJwtGuard implements CanActivate {
  constructor(private readonly clock: Clock) {}

  canActivate(context: ExecutionContext): boolean {
    const connection = context.switchToWs().getClient<Connection>();
    if (connection.identity.tokenExpiresAt > this.clock.now()) return true;
    const reason = reasonOfEnd(connection.identity, this.clock.now());
    connection.close(reason);
    throw new Problem(reason);
  }
}
