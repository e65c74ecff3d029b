import type { ProblemCode } from '../protocol/index.js';

/** The ways to say who you are at /ws. Exactly one of them. */
export const credentials: readonly (readonly [how: string, what: string])[] = [
  [
    '?token=<access token>',
    'In the address. Simple, and what most clients can do; addresses end up in logs of proxies.',
  ],
  ['Authorization: Bearer <access token>', 'As in REST, for clients that can set headers. Browsers cannot.'],
  ['?ticket=<ticket>', 'Good once and for 30 s, from POST /api/v1/auth/ws-ticket. The best choice for browsers.'],
  [
    'Sec-WebSocket-Protocol: hadir.v1, hadir.bearer.<access token>',
    'As a second sub-protocol. The server answers hadir.v1.',
  ],
];

/** What is checked before a connection opens, in this order, and what a failed check answers: HTTP, with the failure body of REST. */
export const handshakeChecks: readonly (readonly [check: string, refusals: readonly ProblemCode[]])[] = [
  ['The path is exactly /ws', ['not_found']],
  ['A WebSocket handshake of version 13', ['method_not_allowed', 'upgrade_required', 'bad_handshake']],
  ['The server takes connections', ['unavailable']],
  ['Rate and number of sockets of your address', ['rate_limited', 'too_many_connections']],
  ['The origin is absent, or exactly one on the whitelist', ['origin_not_allowed']],
  ['Exactly one credential', ['token_missing', 'ambiguous_credentials']],
  ['The token is valid and has not expired', ['token_invalid', 'token_expired']],
  ['The session goes on and the account is enabled', ['session_revoked', 'account_disabled']],
  ['Number of your sockets, over all nodes', ['too_many_connections']],
];
