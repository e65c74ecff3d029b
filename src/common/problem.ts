import { problems, type ProblemCode, type ProblemDetail, type ProblemEntry } from '../protocol/index.js';

export interface ProblemOptions {
  /** Which fields are wrong, and how; never what they held. */
  details?: ProblemDetail[];
  /** When trying again makes sense, in milliseconds from now. */
  retryAfterMs?: number;
}

/** An expected refusal: the one exception features throw. The catalogue decides its status, its message and how loudly it is logged. */
export class Problem extends Error {
  readonly details?: ProblemDetail[];
  readonly retryAfterMs?: number;

  constructor(
    readonly code: ProblemCode,
    options: ProblemOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    // A refusal is expected, and there may be very many of them: where it was thrown is nobody's concern.
    Error.stackTraceLimit = 0;
    super(problems[code].summary);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'Problem';
    if (options.details) this.details = options.details;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = Math.max(0, Math.ceil(options.retryAfterMs));
  }

  get entry(): ProblemEntry {
    return problems[this.code];
  }
}

/** Whether something that this node needs is away, and may be back later. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && error.code === 'unavailable';
}
