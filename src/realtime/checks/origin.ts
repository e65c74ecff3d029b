import { Injectable } from '@nestjs/common';
import { SecurityLog } from '../../auth/security-log.js';
import { Problem } from '../../common/problem.js';
import { Origins } from '../../origins/origins.service.js';
import type { Attempt, Check } from '../attempt.js';

@Injectable()
export class OriginCheck implements Check {
  constructor(
    private readonly origins: Origins,
    private readonly security: SecurityLog,
  ) {}

  check({ request, address }: Pick<Attempt, 'request' | 'address'>): void {
    const { origin } = request.headers;
    if (this.origins.isAllowed(origin) && !this.hidesOrigin(request)) return;
    this.security.record('origin_refused', { address, origin: origin?.slice(0, 256) });
    throw new Problem('origin_not_allowed');
  }

  /** The header of the drafts before RFC 6455: a browser would never send it alone. */
  private hidesOrigin({ headers }: Attempt['request']): boolean {
    return headers.origin === undefined && headers['sec-websocket-origin'] !== undefined;
  }
}
