import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { clientAddress } from '../common/client-address.js';
import { Clock } from '../common/clock.js';
import { freshId } from '../common/ids.js';
import { Problem } from '../common/problem.js';
import { ServerSettings } from '../config/settings.js';
import type { Attempt, Check } from './attempt.js';
import { UserLimitCheck } from './checks/user-limit.js';

/** The checks in their order. */
export const CHECKS = Symbol('handshake checks');

/** The checks have this long together, in milliseconds. */
const DEADLINE_MS = 5000;
const RETRY_AFTER_MS = 1000;

/** Whether a request may become a connection: every check in its order, the first refusal is the answer. */
@Injectable()
export class Handshake {
  constructor(
    @Inject(CHECKS) private readonly checks: readonly Check[],
    private readonly server: ServerSettings,
    private readonly clock: Clock,
    private readonly userLimit: UserLimitCheck,
  ) {}

  begin(request: IncomingMessage): Attempt {
    const [path, query] = splitOnce(request.url ?? '', '?');
    const forwardedFor = request.headers['x-forwarded-for'];
    return {
      connectionId: freshId(),
      request,
      path,
      query: new URLSearchParams(query),
      address: clientAddress(request.socket.remoteAddress, [forwardedFor].flat().join(','), this.server.trustedProxies),
      startedAt: this.clock.now(),
      isAbandoned: false,
    };
  }

  /** @throws Problem of the first check that says no; unavailable when they take too long. */
  run(attempt: Attempt): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(DEADLINE_MS, () => {
        attempt.isAbandoned = true;
        reject(new Problem('unavailable', { retryAfterMs: RETRY_AFTER_MS }));
      });
      this.ask(attempt).then(resolve, reject).finally(cancel);
    });
  }

  private async ask(attempt: Attempt): Promise<void> {
    for (const check of this.checks) {
      const answer = check.check(attempt);
      if (answer) await answer;
      if (attempt.isAbandoned) break;
    }
    if (attempt.isAbandoned) await this.release(attempt);
  }

  /** Gives back what an attempt was granted that comes to nothing. Never rejects. */
  async release({ connectionId: id, identity }: Attempt): Promise<void> {
    if (identity) await this.userLimit.release({ id, userId: identity.userId });
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
