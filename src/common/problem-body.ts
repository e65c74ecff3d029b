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
