import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { ProblemCode } from '../protocol/index.js';

/** What matters to whoever watches over accounts, as one line each. Never tokens, passwords or whole addresses of mail. */
@Injectable()
export class SecurityLog {
  private readonly logger = new Logger('security');

  /** @param fields may hold what a client sent: the log makes it harmless */
  record(event: string, fields: Record<string, unknown>): void {
    this.logger.log({ event, ...fields });
  }
}

const refusals: ReadonlySet<ProblemCode> = new Set(['room_not_found', 'not_room_owner']);

/** Whether a problem says that somebody may not do something, or have that it is there. */
export function isRefusal(code: ProblemCode): boolean {
  return refusals.has(code);
}

/** Enough of a hash to see that two lines mean the same address of mail, and not which. */
export function emailPrint(email: string): string {
  return createHash('sha256').update(email).digest('hex').slice(0, 12);
}
