import { type ProblemCode, retryableProblems, terminalCloseCodes } from './catalogue.js';

/** What can go wrong without the server having said so. */
export type LocalCode =
  /** No answer in time. */
  | 'timeout'
  /** No answer at all, or one that is not Hadir's. */
  | 'unreachable'
  /** The connection ended; `closeCode` says how. */
  | 'closed'
  /** `disconnect()` was called, or `connect()` never. */
  | 'disconnected'
  /** `getToken` failed. */
  | 'token_failed'
  /** `getToken` gave null: nobody is logged in. */
  | 'signed_out';

interface Particulars {
  closeCode?: number;
  retryAfterMs?: number | undefined;
  details?: readonly { field: string; message: string }[] | undefined;
  cause?: unknown;
}

/** Everything this package throws, and what a `state` event gives as its reason. */
export class HadirError extends Error {
  override readonly name = 'HadirError';
  /** The code of the close frame, if the connection was closed; 1006 where there was none. */
  readonly closeCode: number | undefined;
  /** How long the server wants you to wait, in ms. */
  readonly retryAfterMs: number | undefined;
  /** Which fields were wrong, after `validation_failed`. */
  readonly details: readonly { field: string; message: string }[];

  constructor(
    readonly code: ProblemCode | LocalCode,
    message: string = code,
    { closeCode, retryAfterMs, details = [], cause }: Particulars = {},
  ) {
    super(message, { cause });
    this.closeCode = closeCode;
    this.retryAfterMs = retryAfterMs;
    this.details = details;
  }

  /** Whether the same may succeed later without being changed. */
  get retryable(): boolean {
    if (this.code === 'closed') return !isTerminal(this.closeCode ?? 0);
    return ['timeout', 'unreachable', 'token_failed', ...retryableProblems].includes(this.code);
  }
}

/** What was caught, as one of ours. */
export function asHadirError(cause: unknown): HadirError {
  return cause instanceof HadirError ? cause : new HadirError('unreachable', String(cause), { cause });
}

/** The end of a socket, as an error. */
export function closing(closeCode: number, reason: string): HadirError {
  const told = closeCode === 1001 && /"retry_after_ms": *(\d+)/.exec(reason)?.[1];
  const retryAfterMs = told ? Number(told) : undefined;
  return new HadirError('closed', `Closed with ${closeCode} ${reason}`.trim(), { closeCode, retryAfterMs });
}

function isTerminal(closeCode: number): boolean {
  return (closeCode >= 4500 && closeCode < 5000) || terminalCloseCodes.includes(closeCode);
}
