import type { ProblemCode } from '../protocol/index.js';
import { help, type Help } from './help.js';

/** For every refusal: what causes it and what the client should do. A code without an entry does not compile. */
export const problemHelp: Readonly<Record<ProblemCode, Help>> = {
  bad_json: help(
    'The body of the request, or the text of the frame, could not be parsed as JSON.',
    'Correct the client: build messages with a JSON library. Ten such frames in 60 s close the connection with 4509.',
  ),
  bad_envelope: help(
    'The frame is JSON, but no object with a text in type; or its id is not 1–64 printable ASCII characters; or it has other fields than type, data and id.',
    'Correct the client: send { "type", "data"?, "id"? }. An id counts as a text, not as a number.',
  ),
  unknown_type: help(
    'The server handles no message of this type. Types are compared exactly, with their case.',
    'Correct the client: the types are listed at /docs/ws. An older server does not know newer types.',
  ),
  validation_failed: help(
    'One or more fields are missing, too long, of the wrong kind, or unknown.',
    'Read details: each entry names a field and what is wrong with it. Show it to whoever filled in the form; do not send the same again.',
  ),
  bad_handshake: help(
    'A header that every WebSocket handshake needs is missing or wrong, such as Sec-WebSocket-Key.',
    'Use a WebSocket library. Where you use one, look at the proxy in between: it must pass Upgrade and Connection on.',
  ),
  ambiguous_credentials: help(
    'The handshake carries more than one credential, for example a token in the address and an Authorization header.',
    'Send exactly one of: ?token=, ?ticket=, Authorization, or the sub-protocol hadir.bearer.',
  ),
  bad_request: help(
    'The request could not be read as HTTP, or its address or body is malformed.',
    'Correct the client; the same request will fail again.',
  ),
  token_missing: help(
    'The call needs an access token and none was sent. Cookies are never looked at; WS_QUERY_TOKEN may forbid tokens in the address.',
    'Log in, then send Authorization: Bearer <access token>. For /ws a ticket does as well.',
  ),
  token_invalid: help(
    'The token was not signed by this server, is cut off, or is of another kind; or the ticket is unknown, older than 30 s, or used.',
    'Get a new access token with the refresh token, or a new ticket, and try once more. If that fails too, log in again.',
  ),
  token_expired: help(
    'The access token was good, but its time (15 minutes unless configured otherwise) is over.',
    'Call POST /api/v1/auth/refresh and repeat the call with the new token. On an open socket send auth_refresh before the expiry.',
  ),
  session_revoked: help(
    'The session has ended: a logout, a change of password, an administrator, or a refresh token that was used twice.',
    'Forget the tokens and ask the user to log in again. Do not retry.',
  ),
  invalid_credentials: help(
    'There is no account with this e-mail, or the password is another one. The answer is the same for both.',
    'Let the user correct the input. Failed logins are limited per account.',
  ),
  refresh_token_invalid: help(
    'The refresh token is unknown, or its session has ended or expired.',
    'Forget the tokens and ask the user to log in again.',
  ),
  refresh_token_reused: help(
    'A refresh token that had been exchanged came a second time, later than 10 s after. It may have been stolen, so the session was ended.',
    'Ask the user to log in again. Let only one part of your application refresh, and store the new token before you use it.',
  ),
  account_disabled: help(
    'An administrator has disabled the account.',
    'Tell the user, and stop. Only an administrator can enable it again.',
  ),
  origin_not_allowed: help(
    'The page that opens the socket, or makes the call, comes from an origin that is not on the whitelist. http://localhost:3000 and http://127.0.0.1:3000 are two origins.',
    'Ask an administrator to add the exact origin (ALLOWED_ORIGINS, or POST /api/v1/admin/origins). Retrying does not help.',
  ),
  registration_closed: help(
    'The server takes no registrations (REGISTRATION=closed, the default in production).',
    'Hide the form, and have an administrator open the registration or make the account.',
  ),
  not_room_owner: help(
    'You are a member of the room, but only its owner may change it or its members.',
    'Offer this only where role is owner. Removing yourself is always allowed.',
  ),
  admin_only: help(
    'The call is for administrators and this account is none.',
    'Do not retry. Another administrator can give the role.',
  ),
  not_found: help(
    'No route has this address. The socket is at /ws exactly: /ws/, /WS and //ws are not it.',
    'Correct the address; REST is under /api/v1 and listed at /docs.',
  ),
  user_not_found: help('There is no user of this id.', 'Drop the id from your caches.'),
  room_not_found: help(
    'The room does not exist, or you are not a member. The answer is the same for both, so that nobody can probe for rooms.',
    'Drop the room from your list, and read GET /api/v1/rooms again. After room_removed, stop sending for that room.',
  ),
  session_not_found: help(
    'None of your own sessions has this id; it may have ended already.',
    'Read the list of sessions again.',
  ),
  origin_not_found: help(
    'The origin is not among those that administrators have stored. Those of ALLOWED_ORIGINS cannot be removed at run time.',
    'Read the list again; change the environment for the others.',
  ),
  connection_not_found: help(
    'No node has a connection of this id; it may have just closed.',
    'Read the list of connections again.',
  ),
  method_not_allowed: help('The address exists, but not for this method.', 'Use a method that the Allow header names.'),
  email_taken: help(
    'Another account has this e-mail. Case does not matter.',
    'Offer to log in, or ask for another address.',
  ),
  origin_exists: help('The origin is on the whitelist already.', 'Nothing needs to be done.'),
  too_many_rooms: help(
    'You own as many rooms as MAX_ROOMS_PER_USER of the server lets one user own. Being a member of more is no matter.',
    'Delete rooms that nobody needs, or leave one: the longest-standing member becomes its owner.',
  ),
  last_admin: help(
    'Without this account no enabled administrator would be left.',
    'Make somebody else an administrator first.',
  ),
  payload_too_large: help('The body is larger than the server reads.', 'Send less.'),
  unsupported_media_type: help(
    'The body is of another media type than JSON, or in another encoding.',
    'Send Content-Type: application/json.',
  ),
  upgrade_required: help(
    'A plain HTTP request came to /ws, or a handshake of another version than 13.',
    'Open it with a WebSocket client. If you do, a proxy in between drops the Upgrade header.',
  ),
  rate_limited: help(
    'More requests, logins, handshakes or messages came than the limits allow. Frames above the limit are dropped.',
    'Wait for retry_after_ms (or the header Retry-After), then go on more slowly. A client that keeps on for 10 s is closed with 4008.',
  ),
  too_many_connections: help(
    'The address has, or the user has, as many open sockets as allowed.',
    'Close sockets that are not needed: one per tab is enough. Try again after Retry-After.',
  ),
  headers_too_large: help(
    'The headers exceed what the server reads, often because of cookies.',
    'Send fewer or shorter headers. Hadir needs no cookies.',
  ),
  internal: help(
    'A bug, or something that broke on the side of the server. It has been logged.',
    'Try again later, waiting longer each time. When you report it, name the request_id, or the id of the error frame.',
  ),
  unavailable: help(
    'The server is stopping, full or overloaded, or its database or Redis cannot be reached.',
    'Try again after Retry-After, waiting longer each time and with some chance in it. The tokens stay good: do not log out.',
  ),
};
