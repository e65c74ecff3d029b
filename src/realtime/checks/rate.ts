import { Injectable } from '@nestjs/common';
import { SecurityLog } from '../../auth/security-log.js';
import { RateLimiter } from '../../cluster/rate-limiter.js';
import { addressKey } from '../../common/client-address.js';
import { Problem } from '../../common/problem.js';
import type { Rate } from '../../config/parsers.js';
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

  check({ address, connectionId }: Attempt): Promise<void> | void {
    const taken = this.take(address);
    if (taken) return taken.then(() => this.takePlace(address, connectionId));
    this.takePlace(address, connectionId);
  }

  private takePlace(address: string, connectionId: string): void {
    if (!this.places.takeOfAddress(connectionId, address)) {
      throw new Problem('too_many_connections', { retryAfterMs: RETRY_AFTER_MS });
    }
  }

  /** Asks the same without using anything up. */
  async preview(address: string): Promise<void> {
    await this.take(address);
    const rate = this.settings.handshakeRate;
    if (rate) await this.limiter.give(this.key(address), rate);
    if (this.places.isFullFor(address)) throw new Problem('too_many_connections', { retryAfterMs: RETRY_AFTER_MS });
  }

  private take(address: string): Promise<void> | void {
    const { handshakeRate } = this.settings;
    if (handshakeRate) return this.takeOf(handshakeRate, address);
  }

  private async takeOf(rate: Rate, address: string): Promise<void> {
    const allowance = await this.limiter.take(this.key(address), rate);
    if (allowance.allowed) return;
    this.security.record('handshake_limited', { address });
    throw new Problem('rate_limited', { retryAfterMs: allowance.retryAfterMs });
  }

  private key(address: string): string {
    return `handshake:${addressKey(address)}`;
  }
}
