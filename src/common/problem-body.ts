import type { ProblemDetail } from '../protocol/index.js';
import type { Problem } from './problem.js';

/** The failure body of REST and of a refused handshake. */
export interface ProblemBody {
  readonly success: false;
  readonly message: string;
  readonly error: {
    readonly code: string;
    readonly request_id: string;
    readonly details?: readonly ProblemDetail[];
    readonly retry_after_ms?: number;
  };
}

export function problemBody({ code, message, details, retryAfterMs }: Problem, requestId: string): ProblemBody {
  return {
    success: false,
    message,
    error: {
      code,
      request_id: requestId,
      ...(details && { details }),
      ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
    },
  };
}

const TOKEN_REFUSALS: ReadonlySet<string> = new Set(['token_invalid', 'token_expired', 'session_revoked']);

/** The headers that go with it, the same over REST and in a refused handshake. */
export function problemHeaders({ code, retryAfterMs }: Problem): Record<string, string> {
  return {
    Link: `</docs/errors/${code}>; rel="help"`,
    ...(retryAfterMs !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...(code === 'token_missing' && { 'WWW-Authenticate': 'Bearer' }),
    ...(TOKEN_REFUSALS.has(code) && { 'WWW-Authenticate': 'Bearer error="invalid_token"' }),
  };
}
