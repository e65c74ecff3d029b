import { Injectable } from '@nestjs/common';
import { SecurityLog } from '../auth/security-log.js';
import { Sessions } from '../auth/sessions.service.js';
import type { User } from '../users/user.js';
import { type Governance, Users } from '../users/users.service.js';

/** What administrators do to accounts. */
@Injectable()
export class Administration {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly log: SecurityLog,
  ) {}

  /** @throws Problem last_admin, user_not_found */
  async change(adminId: string, userId: string, { role, disabled }: Governance): Promise<User> {
    const before = await this.users.require(userId);
    const after = await this.users.govern(userId, { role, disabled });
    const who = { user_id: userId, by_user_id: adminId };
    if (after.role !== before.role) this.log.record('role_changed', { ...who, role: after.role });
    if (disabled === true) {
      this.log.record('account_disabled', who);
      await this.sessions.endAll(userId, 'account_disabled');
    }
    if (disabled === false && before.disabledAt) this.log.record('account_enabled', who);
    return after;
  }
}
