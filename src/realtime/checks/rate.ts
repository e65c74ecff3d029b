import { Injectable } from '@nestjs/common';
import { SecurityLog } from '../../auth/security-log.js';
import { RateLimiter } from '../../cluster/rate-limiter.js';
import { addressKey } from '../../common/client-address.js';
import { Problem } from '../../common/problem.js';
import { goOn, type Soon } from '../../common/soon.js';
import { RealtimeSettings } from '../../config/settings.js';
import type { Attempt, Check } from '../attempt.js';
import { Places } from '../places.js';

const RETRY_AFTER_MS = 5000;

/** What one address may do. Decided before any signature is checked. */
@Injectable()
export class RateCheck implements Check {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly places: Places,
    private readonly settings: RealtimeSettings,
    private readonly security: SecurityLog,
  ) {}

  check({ address, connectionId }: Attempt): Soon<void> {
    const { handshakeRate } = this.settings;
    if (!handshakeRate) return this.takePlace(address, connectionId);
    return goOn(this.limiter.take(this.key(address), handshakeRate), ({ allowed, retryAfterMs }) => {
      if (!allowed) this.refuse(address, retryAfterMs);
      this.takePlace(address, connectionId);
    });
  }

  private takePlace(address: string, connectionId: string): void {
    if (!this.places.takeOfAddress(connectionId, address)) {
      throw new Problem('too_many_connections', { retryAfterMs: RETRY_AFTER_MS });
    }
  }

  /** Asks the same without using anything up. */
  async preview(address: string): Promise<void> {
    const rate = this.settings.handshakeRate;
    if (rate) {
      const { allowed, retryAfterMs } = await this.limiter.take(this.key(address), rate);
      if (!allowed) this.refuse(address, retryAfterMs);
      await this.limiter.give(this.key(address), rate);
    }
    if (this.places.isFullFor(address)) throw new Problem('too_many_connections', { retryAfterMs: RETRY_AFTER_MS });
  }

  private refuse(address: string, retryAfterMs: number): never {
    this.security.record('handshake_limited', { address });
    throw new Problem('rate_limited', { retryAfterMs });
  }

  private key(address: string): string {
    return `handshake:${addressKey(address)}`;
  }
}
