/** How loudly an expected refusal is logged. */
type LogLevel = 'debug' | 'log' | 'warn' | 'error';

export interface ProblemEntry {
  /** HTTP status where the problem is answered over HTTP. */
  readonly status: number;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
  /** The message a client gets, one line. */
  readonly summary: string;
  readonly log: LogLevel;
  /** Whether, as an answer to a frame, it counts towards the ten errors in 60 s that close a connection with 4509. */
  readonly countsAsBadInput?: true;
}

const entry = (status: number, summary: string, options: Partial<ProblemEntry> = {}): ProblemEntry => ({
  status,
  summary,
  retryable: false,
  log: 'debug',
  ...options,
});
const badInput = { countsAsBadInput: true } as const;

/** Every refusal Hadir can give, over REST, in a refused handshake and in an `error` frame. */
export const problems = {
  bad_json: entry(400, 'The message is not valid JSON.', badInput),
  bad_envelope: entry(
    400,
    'The message is not an object with a type, and optionally data and an id of 1–64 printable ASCII characters.',
    badInput,
  ),
  unknown_type: entry(400, 'There is no message of this type.', badInput),
  validation_failed: entry(400, 'Some fields are missing or wrong.', badInput),
  bad_handshake: entry(400, 'The WebSocket handshake is malformed.'),
  ambiguous_credentials: entry(400, 'Send exactly one credential.'),
  bad_request: entry(400, 'The request is malformed.'),
  token_missing: entry(401, 'An access token or a ticket is required.'),
  token_invalid: entry(401, 'The access token or ticket is not valid.'),
  token_expired: entry(401, 'The access token has expired.'),
  session_revoked: entry(401, 'The session has ended. Log in again.'),
  invalid_credentials: entry(401, 'E-mail or password is wrong.'),
  refresh_token_invalid: entry(401, 'The refresh token is not valid.'),
  refresh_token_reused: entry(401, 'The refresh token was used before; the session has been ended.', { log: 'warn' }),
  account_disabled: entry(403, 'The account is disabled.'),
  origin_not_allowed: entry(403, 'This origin is not on the whitelist. Ask an administrator to add it.'),
  registration_closed: entry(403, 'Registration is closed.'),
  not_room_owner: entry(403, 'Only the owner of the room may do this.'),
  admin_only: entry(403, 'Only administrators may do this.'),
  not_found: entry(404, 'There is nothing at this address.'),
  user_not_found: entry(404, 'There is no such user.'),
  room_not_found: entry(404, 'There is no such room, or you are not a member.', badInput),
  session_not_found: entry(404, 'There is no such session of yours.'),
  origin_not_found: entry(404, 'This origin is not on the stored whitelist.'),
  connection_not_found: entry(404, 'There is no such connection.'),
  method_not_allowed: entry(405, 'This method is not allowed here.'),
  email_taken: entry(409, 'An account with this e-mail exists already.'),
  origin_exists: entry(409, 'This origin is on the whitelist already.'),
  too_many_rooms: entry(409, 'You own as many rooms as one user may.'),
  last_admin: entry(409, 'The last enabled administrator cannot be demoted or disabled.'),
  payload_too_large: entry(413, 'The body is too large.'),
  unsupported_media_type: entry(415, 'The body must be application/json.'),
  upgrade_required: entry(426, 'This address speaks WebSocket version 13 only.'),
  rate_limited: entry(429, 'Too many requests. Slow down.', { retryable: true }),
  too_many_connections: entry(429, 'Too many connections are open.', { retryable: true }),
  headers_too_large: entry(431, 'The request headers are too large.'),
  internal: entry(500, 'Something went wrong on our side.', { retryable: true, log: 'error' }),
  unavailable: entry(503, 'The service cannot take this now. Try again later.', { retryable: true, log: 'warn' }),
} satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof problems;
export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

/** One wrong field: its path, and what is wrong with it, never its value. */
export interface ProblemDetail {
  field: string;
  message: string;
}
