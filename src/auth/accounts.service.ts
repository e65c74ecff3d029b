import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problem.js';
import type { Caller } from '../common/request.js';
import type { NewUser, User } from '../users/user.js';
import { Users } from '../users/users.service.js';
import type { Identity } from './identity.js';
import { Logins } from './logins.service.js';
import { Passwords } from './passwords.js';
import { SecurityLog } from './security-log.js';
import { Sessions } from './sessions.service.js';

/** Gives out accounts, and new passwords to their owners. */
@Injectable()
export class Accounts {
  constructor(
    private readonly users: Users,
    private readonly passwords: Passwords,
    private readonly logins: Logins,
    private readonly sessions: Sessions,
    private readonly log: SecurityLog,
  ) {}

  /** @throws Problem email_taken, validation_failed, unavailable */
  async create({ password, ...user }: Omit<NewUser, 'passwordHash'> & { password: string }): Promise<User> {
    if (await this.users.findByEmail(user.email)) throw new Problem('email_taken');
    const passwordHash = await this.passwords.hashNew(password, user, 'password');
    const created = await this.users.create({ ...user, passwordHash });
    this.log.record('account_created', { user_id: created.id, role: created.role });
    return created;
  }

  /** Ends the user's other sessions too. @throws Problem invalid_credentials, validation_failed, rate_limited, unavailable */
  async changePassword({ userId, sessionId }: Identity, change: PasswordChange, caller: Caller): Promise<void> {
    const user = await this.users.find(userId);
    const credentials = { email: user?.email ?? '', password: change.current };
    const holder = await this.logins.check(credentials, caller, 'password_check');
    const passwordHash = await this.passwords.hashNew(change.next, holder.user, 'new_password');
    await this.sessions.changePassword(holder, passwordHash, sessionId);
    this.log.record('password_changed', { user_id: userId, session_id: sessionId, address: caller.address });
  }
}

export interface PasswordChange {
  readonly current: string;
  readonly next: string;
}
