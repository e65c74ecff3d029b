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

  private findInQuery(query: URLSearchParams, shown: Credential[]): void {
    if (query.size === 0) return;
    const { queryToken } = this.settings;
    if (queryToken === 'on') for (const token of query.getAll('token')) if (token) shown.push({ token });
    if (queryToken !== 'off') for (const ticket of query.getAll('ticket')) if (ticket) shown.push({ ticket });
  }
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
