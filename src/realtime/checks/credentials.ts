import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problem.js';
import { RealtimeSettings } from '../../config/settings.js';
import { BEARER_SUBPROTOCOL_PREFIX } from '../../protocol/index.js';
import type { Attempt, Check, Credential } from '../attempt.js';

/** Finds the one credential. Cookies are none. */
@Injectable()
export class CredentialsCheck implements Check {
  constructor(private readonly settings: RealtimeSettings) {}

  check(attempt: Attempt): void {
    const shown = [...bearers(attempt.request.rawHeaders), ...this.inQuery(attempt.query), ...inProtocols(attempt)];
    if (shown.length > 1) throw new Problem('ambiguous_credentials');
    const [credential] = shown;
    if (!credential) throw new Problem('token_missing');
    attempt.credential = credential;
  }

  private inQuery(query: URLSearchParams): Credential[] {
    const { queryToken } = this.settings;
    const tokens = queryToken === 'on' ? query.getAll('token').filter(Boolean) : [];
    const tickets = queryToken === 'off' ? [] : query.getAll('ticket').filter(Boolean);
    return [...tokens.map((token) => ({ token })), ...tickets.map((ticket) => ({ ticket }))];
  }
}

/** Every Authorization header, also one that the HTTP parser would drop as a duplicate. */
function bearers(rawHeaders: readonly string[]): Credential[] {
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  );
  const own = values.filter((value) => /^bearer\b/i.test(value));
  return own.map((value) => ({ token: /^bearer +(\S+)$/i.exec(value)?.[1] ?? '' }));
}

function inProtocols({ request }: Attempt): Credential[] {
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  return protocols
    .filter((protocol) => protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX))
    .map((protocol) => ({ token: protocol.slice(BEARER_SUBPROTOCOL_PREFIX.length) }));
}
