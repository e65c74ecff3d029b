import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problem.js';
import { RealtimeSettings } from '../../config/settings.js';
import { BEARER_SUBPROTOCOL_PREFIX } from '../../protocol/index.js';
import type { Attempt, Check, Credential } from '../attempt.js';

const AUTHORIZATION = 'authorization';

/** Finds the one credential. Cookies are none. */
@Injectable()
export class CredentialsCheck implements Check {
  constructor(private readonly settings: RealtimeSettings) {}

  check(attempt: Attempt): void {
    const shown: Credential[] = [];
    findBearers(attempt.request.rawHeaders, shown);
    this.findInQuery(attempt.query, shown);
    findInProtocols(attempt.request.headers['sec-websocket-protocol'], shown);
    if (shown.length > 1) throw new Problem('ambiguous_credentials');
    const [credential] = shown;
    if (!credential) throw new Problem('token_missing');
    attempt.credential = credential;
  }

  private findInQuery(query: string, shown: Credential[]): void {
    const { queryToken } = this.settings;
    if (query === '' || queryToken === 'off') return;
    for (const [name, value] of parametersOf(query)) {
      if (value === '') continue;
      if (name === 'ticket') shown.push({ ticket: value });
      else if (name === 'token' && queryToken === 'on') shown.push({ token: value });
    }
  }
}

/** As URLSearchParams finds them; where nothing is escaped, as in tokens and tickets, at a fraction of its cost. */
function parametersOf(query: string): Iterable<[name: string, value: string]> {
  if (query.includes('%') || query.includes('+')) return new URLSearchParams(query);
  return query.split('&').map((parameter) => {
    const end = parameter.indexOf('=');
    return end < 0 ? [parameter, ''] : [parameter.slice(0, end), parameter.slice(end + 1)];
  });
}

/** Every Authorization header, also one that the HTTP parser would drop as a duplicate. */
function findBearers(rawHeaders: readonly string[], shown: Credential[]): void {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (!isAuthorization(rawHeaders[index] ?? '')) continue;
    const value = rawHeaders[index + 1] ?? '';
    if (/^bearer\b/i.test(value)) shown.push({ token: /^bearer +(\S+)$/i.exec(value)?.[1] ?? '' });
  }
}

function isAuthorization(name: string): boolean {
  return name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION;
}

function findInProtocols(header: string | undefined, shown: Credential[]): void {
  if (header === undefined) return;
  for (const entry of header.split(',')) {
    const protocol = entry.trim();
    if (protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX)) {
      shown.push({ token: protocol.slice(BEARER_SUBPROTOCOL_PREFIX.length) });
    }
  }
}
