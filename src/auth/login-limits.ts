import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RateLimiter } from '../cluster/rate-limiter.js';
import { addressKey } from '../common/client-address.js';
import { Problem } from '../common/problem.js';
import type { Rate } from '../config/parsers.js';
import { AuthSettings } from '../config/settings.js';
import { canonicalEmail } from '../users/user.js';

/** Gives back what was taken for a call that turned out to be harmless. */
export type GiveBack = () => Promise<void>;

const nothing: GiveBack = () => Promise.resolve();

/** How often anybody may guess. Buckets refill, so nobody is locked out for good, and sessions that are open never notice. */
@Injectable()
export class LoginLimits {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly settings: AuthSettings,
  ) {}

  /** Counts a call of an address. @param what login, register or refresh, each with a bucket of its own @throws Problem rate_limited */
  byAddress(what: string, address: string): Promise<GiveBack> {
    return this.take(`${what}:ip:${addressKey(address)}`, this.settings.loginIpRate);
  }

  /** Counts a guess at the password of an account, whether the account exists or not. @throws Problem rate_limited */
  byAccount(email: string): Promise<GiveBack> {
    const account = createHash('sha256').update(canonicalEmail(email)).digest('hex');
    return this.take(`login:account:${account}`, this.settings.loginAccountRate);
  }

  private async take(key: string, rate: Rate | null): Promise<GiveBack> {
    if (!rate) return nothing;
    const { allowed, retryAfterMs } = await this.limiter.take(key, rate);
    if (!allowed) throw new Problem('rate_limited', { retryAfterMs });
    return () => this.limiter.give(key, rate);
  }
}
