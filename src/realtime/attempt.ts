import type { IncomingMessage } from 'node:http';
import type { AccessClaims } from '../auth/access-tokens.js';
import type { Identity } from '../auth/identity.js';
import { type Cidr, clientAddress } from '../common/client-address.js';
import { freshId } from '../common/ids.js';
import type { Problem } from '../common/problem.js';
import type { Soon } from '../common/soon.js';

/** A credential as it was shown: an access token, or a ticket bought with one. */
export type Credential = { readonly token: string } | { readonly ticket: string };

/** A handshake under way: what has been found out about it so far. Each check adds what the later ones need. */
export interface Attempt {
  readonly connectionId: string;
  readonly request: IncomingMessage;
  readonly path: string;
  /** What stands behind the question mark. */
  readonly query: string;
  /** The client's address, behind trusted proxies too. */
  readonly address: string;
  /** ms since the epoch */
  readonly startedAt: number;
  /** The client has gone, or the checks took too long: whatever they find is of no use any more. */
  isAbandoned: boolean;
  credential: Credential | undefined;
  claims: AccessClaims | undefined;
  identity: Identity | undefined;
  /** While this newcomer is one of the few whom the database is asked about: ends that. */
  letNextIn: (() => void) | undefined;
}

/** What a check finds: the problem where the answer is no. To throw it says the same, at a multiple of the cost. */
export type Finding = Soon<Problem | void>;

/** One question of the handshake. */
export interface Check {
  /** @throws Problem when the answer is no, unless it is returned */
  check(attempt: Attempt): Finding;
}

/** A handshake at its beginning. @param at ms since the epoch */
export function beginAttempt(request: IncomingMessage, trustedProxies: readonly Cidr[], at: number): Attempt {
  const url = request.url ?? '';
  const end = url.indexOf('?');
  return {
    connectionId: freshId(),
    request,
    path: end < 0 ? url : url.slice(0, end),
    query: end < 0 ? '' : url.slice(end + 1),
    address: clientAddress(request.socket.remoteAddress, forwardedFor(request, trustedProxies), trustedProxies),
    startedAt: at,
    isAbandoned: false,
    credential: undefined,
    claims: undefined,
    identity: undefined,
    letNextIn: undefined,
  };
}

function forwardedFor({ headers }: IncomingMessage, trustedProxies: readonly Cidr[]): string | undefined {
  return trustedProxies.length > 0 ? [headers['x-forwarded-for']].flat().join(',') : undefined;
}
