import { Injectable } from '@nestjs/common';
import { Metrics } from '../common/metrics.js';
import { Problem } from '../common/problem.js';
import type { Caller } from '../common/request.js';
import type { ProblemCode } from '../protocol/index.js';
import { canonicalEmail, type PasswordHolder } from '../users/user.js';
import { Users } from '../users/users.service.js';
import { LoginLimits } from './login-limits.js';
import { Passwords } from './passwords.js';
import { emailPrint, SecurityLog } from './security-log.js';

/** What a password is asked for. */
type Occasion = 'login' | 'password_check';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Finds out whether somebody is who they say. What is refused is refused alike: same answer, same work. */
@Injectable()
export class Logins {
  constructor(
    private readonly users: Users,
    private readonly passwords: Passwords,
    private readonly limits: LoginLimits,
    private readonly log: SecurityLog,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param occasion what the password is asked for; it names the events in the security log
   * @throws Problem invalid_credentials, rate_limited, unavailable
   */
  async check(
    { email, password }: Credentials,
    { address }: Caller,
    occasion: Occasion = 'login',
  ): Promise<PasswordHolder> {
    const account = emailPrint(canonicalEmail(email));
    try {
      await this.limits.byAddress('login', address);
      const holder = await this.guess(email, password);
      this.note(occasion, 'ok', { user_id: holder.user.id, address });
      return holder;
    } catch (error) {
      if (error instanceof Problem) this.note(occasion, error.code, { account, address });
      throw error;
    }
  }

  /** Only a wrong password counts: neither a good one nor one that could not be compared brings anybody nearer to it. */
  private async guess(email: string, password: string): Promise<PasswordHolder> {
    const giveBack = await this.limits.byAccount(email);
    try {
      const holder = await this.passwords.admit(() => this.compare(email, password));
      await giveBack();
      return holder;
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'invalid_credentials')) await giveBack();
      throw error;
    }
  }

  private async compare(email: string, password: string): Promise<PasswordHolder> {
    const found = await this.users.findWithPasswordHash(email);
    const same = await this.passwords.matches(password, found?.passwordHash);
    if (!same || !found || found.user.disabledAt) throw new Problem('invalid_credentials');
    if (!this.passwords.isWeak(found.passwordHash)) return found;
    const passwordHash = await this.passwords.hash(password);
    // Where another hash came in between, it decides.
    if (!(await this.users.replacePasswordHash(found, passwordHash))) return this.compare(email, password);
    return { ...found, passwordHash };
  }

  private note(occasion: Occasion, result: ProblemCode | 'ok', fields: object): void {
    if (occasion === 'login') this.metrics.login(result);
    const ending = result === 'ok' || result === 'rate_limited' ? endings[result] : 'failed';
    this.log.record(`${occasion}_${ending}`, { ...fields, ...(result !== 'ok' && { reason: result }) });
  }
}

const endings = { ok: 'ok', rate_limited: 'limited' } as const;
