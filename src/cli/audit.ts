import { userInfo } from 'node:os';
import type { LogLevel } from '@nestjs/common';
import { SystemClock } from '../common/clock.js';
import { Log, type LogFormat } from '../common/log.js';

const CONTEXT = 'security';

/**
 * What a command does to accounts and secrets, in the lines of the server's security log. On standard error, since
 * standard output is the answer; nothing else is written, and LOG_LEVEL does not silence it.
 */
export class AuditLog extends Log {
  constructor(format: LogFormat['format']) {
    super({ level: 'info', format }, new SystemClock());
  }

  record(event: string, fields: Record<string, unknown>): void {
    this.log({ event, ...fields }, CONTEXT);
  }

  protected override printMessages(
    messages: unknown[],
    context = '',
    level: LogLevel = 'log',
    _stream: 'stdout' | 'stderr' = 'stderr',
    ...rest: [unknown?, Record<string, unknown>?]
  ): void {
    if (context !== CONTEXT) return;
    const signed = messages.map((message) => ({ ...(message as object), by: 'command', os_user: osUser() }));
    super.printMessages(signed, context, level, 'stderr', ...rest);
  }
}

/** Whose shell the command ran in. A container may have given its user no name. */
function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
