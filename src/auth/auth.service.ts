import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problem.js';
import type { Caller } from '../common/request.js';
import type { User } from '../users/user.js';
import { Users } from '../users/users.service.js';
import { AccessTokens } from './access-tokens.js';
import { LoginLimits } from './login-limits.js';
import { Logins, type Credentials } from './logins.service.js';
import { RefreshChain, type Link } from './refresh-chain.js';

/** What a client holds after it has logged in. */
export interface Login extends Link {
  readonly user: User;
  readonly accessToken: string;
  /** Of the access token, milliseconds since the epoch. */
  readonly expiresAt: number;
}

@Injectable()
export class Auth {
  constructor(
    private readonly logins: Logins,
    private readonly users: Users,
    private readonly chain: RefreshChain,
    private readonly accessTokens: AccessTokens,
    private readonly limits: LoginLimits,
  ) {}

  /** @throws Problem invalid_credentials, rate_limited, unavailable */
  async login(credentials: Credentials, caller: Caller & { deviceName?: string | undefined }): Promise<Login> {
    const holder = await this.logins.check(credentials, caller);
    return this.loggedIn(holder.user, await this.chain.begin(holder, caller));
  }

  /** @throws Problem refresh_token_invalid, refresh_token_reused, rate_limited */
  async refresh(refreshToken: string, { address }: Caller): Promise<Login> {
    const giveBack = await this.limits.byAddress('refresh', address);
    const link = await this.chain.exchange(refreshToken);
    await giveBack();
    const user = await this.users.find(link.userId);
    if (!user || user.disabledAt) throw new Problem('refresh_token_invalid');
    return this.loggedIn(user, link);
  }

  private loggedIn(user: User, link: Link): Login {
    const { token: accessToken, expiresAt } = this.accessTokens.issue(link.userId, link.sessionId, link.endsAt);
    return { ...link, user, accessToken, expiresAt };
  }
}
