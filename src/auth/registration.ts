import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problem.js';
import type { Caller } from '../common/request.js';
import { AuthSettings } from '../config/settings.js';
import type { User } from '../users/user.js';
import { Accounts } from './accounts.service.js';
import { LoginLimits } from './login-limits.js';

/** The way to an account for anybody, where it is open. */
@Injectable()
export class Registration {
  constructor(
    private readonly accounts: Accounts,
    private readonly limits: LoginLimits,
    private readonly settings: AuthSettings,
  ) {}

  /** @throws Problem registration_closed, email_taken, rate_limited, unavailable */
  async register(user: { email: string; password: string; displayName: string }, { address }: Caller): Promise<User> {
    if (this.settings.registration === 'closed') throw new Problem('registration_closed');
    await this.limits.byAddress('register', address);
    return this.accounts.create({ ...user, role: 'user' });
  }
}
