import type { CloseCause } from '../protocol/index.js';
import { help, type Help } from './help.js';

/** For every close: what causes it and what the client should do. A code without an entry does not compile. */
export const closeHelp: Readonly<Record<CloseCause, Help>> = {
  normal: help(
    'One side has finished: mostly the client itself; or an administrator closed this connection, and the reason says so.',
    'Nothing. Connect again when there is a reason to.',
  ),
  going_away: help(
    'The server is stopping or being updated. The reason is JSON and says when to return: {"retry_after_ms":1200}. Each client is given another time.',
    'Come back after retry_after_ms. Behind a load balancer another node answers. A browser that leaves the page closes with 1001 too.',
  ),
  protocol_error: help(
    'The bytes were not valid WebSocket frames, for example not masked.',
    'Do not come back by itself; use a well-kept WebSocket library and look at the proxies in between.',
  ),
  binary_frame: help('The client sent a binary frame.', 'Correct the client: send text, one JSON object per frame.'),
  invalid_utf8: help('A text frame was not valid UTF-8.', 'Correct the client: encode text as UTF-8.'),
  too_many_fragments: help(
    'A message came in more pieces than the server puts together.',
    'Correct the client: send each message as one frame.',
  ),
  message_too_big: help(
    'A message was larger than max_message_bytes in the connected frame (64 KiB unless configured otherwise).',
    'Correct the client: check the size before you send.',
  ),
  internal: help(
    'A bug, or something that broke on the side of the server while the connection was set up or used.',
    'Come back, waiting longer each time and with some chance in it.',
  ),
  token_expired: help(
    'The access token that opened the connection ran out. token_expiring announces it 60 s ahead.',
    'Refresh the token over REST and connect with the new one. Better: send auth_refresh when token_expiring comes, and the connection stays.',
  ),
  rate_limit_ignored: help(
    'The client kept sending above the limit for 10 s although rate_limited told it to wait.',
    'Come back after a growing pause, and send more slowly: the limits are in the connected frame.',
  ),
  slow_consumer: help(
    'The client did not read as fast as events came, and what waited for it exceeded SEND_QUEUE_BYTES.',
    'Come back; the presence snapshot brings you up to date. Do less work in the message handler.',
  ),
  no_pong: help(
    'Nothing came from the client for a whole heartbeat, not even the answer to a ping. The network was lost or the device slept.',
    'Come back at once, then with growing pauses. WebSocket libraries answer pings by themselves.',
  ),
  session_revoked: help(
    'The session ended: a logout, a change of password, an administrator, or a stolen refresh token.',
    'Do not come back. Forget the tokens and ask the user to log in.',
  ),
  account_disabled: help('An administrator has disabled the account.', 'Do not come back. Tell the user.'),
  replaced: help(
    'The user opened more sockets than allowed and the server keeps the newest (MAX_CONNECTIONS_POLICY=replace_oldest).',
    'Do not come back by itself, or two tabs will push each other out for ever. Offer a button.',
  ),
  too_many_errors: help(
    'Ten messages within 60 s could not be read or were wrong.',
    'Do not come back: a bug in the client would repeat itself. Look at the error frames that came before.',
  ),
};
