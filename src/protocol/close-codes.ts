export interface CloseCode {
  readonly code: number;
  /** Whether a client should come back by itself. */
  readonly reconnect: boolean;
  /** The close reason, and the line in the docs. */
  readonly reason: string;
}

const close = (code: number, reconnect: boolean, reason: string): CloseCode => ({ code, reconnect, reason });

/**
 * Every code the server closes a connection with. 4000–4499 mean reconnect, 4500–4999 mean stop.
 * 1005, 1006 and 1015 are what a client makes up when there was no close frame; they are never sent.
 */
export const closeCodes = {
  normal: close(1000, false, 'normal closure'),
  going_away: close(1001, true, 'server going away'),
  protocol_error: close(1002, false, 'protocol error'),
  binary_frame: close(1003, false, 'binary frames are not supported'),
  invalid_utf8: close(1007, false, 'invalid UTF-8'),
  too_many_fragments: close(1008, false, 'too many fragments'),
  message_too_big: close(1009, false, 'message too big'),
  internal: close(1011, true, 'internal error'),
  token_expired: close(4001, true, 'token expired'),
  rate_limit_ignored: close(4008, true, 'rate limit ignored'),
  slow_consumer: close(4009, true, 'slow consumer'),
  no_pong: close(4010, true, 'no pong'),
  session_revoked: close(4500, false, 'session revoked'),
  account_disabled: close(4501, false, 'account disabled'),
  replaced: close(4503, false, 'replaced: too many connections'),
  too_many_errors: close(4509, false, 'too many errors'),
} satisfies Record<string, CloseCode>;

export type CloseCause = keyof typeof closeCodes;
