import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { LogSettings } from '../config/settings.js';

/** Everything a terminal or a log reader could take for more than text. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Of a value that comes from outside. */
const MAX_LENGTH = 500;

/** What matters to whoever watches over accounts, as one JSON line each. Never tokens, passwords or whole addresses of mail. */
@Injectable()
export class SecurityLog {
  private readonly logger = new Logger('security');

  constructor(private readonly settings: LogSettings) {}

  record(event: string, fields: Record<string, unknown>): void {
    const line = Object.fromEntries(
      Object.entries({ event, ...fields }).map(([name, value]) => [name, harmless(value)]),
    );
    this.logger.log(this.settings.format === 'json' ? line : JSON.stringify(line));
  }
}

function harmless(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(UNSAFE, escape).slice(0, MAX_LENGTH) : value;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Enough of a hash to see that two lines mean the same address of mail, and not which. */
export function emailPrint(email: string): string {
  return createHash('sha256').update(email).digest('hex').slice(0, 12);
}
