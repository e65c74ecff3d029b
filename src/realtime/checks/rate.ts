import { Injectable } from '@nestjs/common';
import { SecurityLog } from '../../auth/security-log.js';
import { RateLimiter } from '../../cluster/rate-limiter.js';
import { addressKey } from '../../common/client-address.js';
import { Problem } from '../../common/problem.js';
import { RealtimeSettings } from '../../config/settings.js';
import type { Attempt, Check } from '../attempt.js';
import { Connections } from '../connections.js';

const RETRY_AFTER_MS = 5000;

/** What one address may do. Decided before any signature is checked. */
@Injectable()
export class RateCheck implements Check {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly connections: Connections,
    private readonly settings: RealtimeSettings,
    private readonly security: SecurityLog,
  ) {}

  async check({ address }: Pick<Attempt, 'address'>): Promise<void> {
    const rate = this.settings.handshakeRate;
    const allowance = rate && (await this.limiter.take(this.key(address), rate));
    if (allowance && !allowance.allowed) {
      this.security.record('handshake_limited', { address });
      throw new Problem('rate_limited', { retryAfterMs: allowance.retryAfterMs });
    }
    if (this.connections.countOfAddress(address) >= this.settings.maxConnectionsPerIp) {
      throw new Problem('too_many_connections', { retryAfterMs: RETRY_AFTER_MS });
    }
  }

  /** Asks the same without using up an attempt. */
  async preview({ address }: Pick<Attempt, 'address'>): Promise<void> {
    await this.check({ address });
    const rate = this.settings.handshakeRate;
    if (rate) await this.limiter.give(this.key(address), rate);
  }

  private key(address: string): string {
    return `handshake:${addressKey(address)}`;
  }
}
