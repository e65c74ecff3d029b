import { z } from 'zod';
import { clientMessage, serverMessage } from './message.js';
import { nothing, timestamp, uuid } from './envelope.js';
import { ownStatus } from './presence.js';
import { problemCodes } from './problems.js';

/** The version of this protocol, and the WebSocket sub-protocol the server answers. */
export const PROTOCOL_VERSION = 'hadir.v1';
/** A browser may carry its token as a second sub-protocol with this prefix; it is never echoed. */
export const BEARER_SUBPROTOCOL_PREFIX = 'hadir.bearer.';

const rate = z.strictObject({ count: z.int(), window_ms: z.int() }).nullable();

export const connection = {
  ping: clientMessage({
    type: 'ping',
    summary: 'Asks for a pong: proves that the connection and the service are alive.',
    data: nothing,
    reply: z.null(),
    replyType: 'pong',
  }),
  authRefresh: clientMessage({
    type: 'auth_refresh',
    summary: 'Extends this connection with a newer access token of the same user and session.',
    data: z.strictObject({ token: z.string().min(1).max(4096) }),
    reply: z.strictObject({ expires_at: timestamp }),
  }),
};

export const connectionEvents = {
  connected: serverMessage({
    type: 'connected',
    summary: 'The first frame of every connection: who you are and what the limits are.',
    data: z.strictObject({
      connection_id: uuid,
      user_id: uuid,
      session_id: uuid,
      status: ownStatus,
      node: z.string(),
      heartbeat_interval_ms: z.int(),
      token_expires_at: timestamp,
      max_message_bytes: z.int(),
      typing_ttl_ms: z.int(),
      typing_throttle_ms: z.int(),
      rate_limits: z.strictObject({ messages: rate, status: rate }),
      protocol: z.literal(PROTOCOL_VERSION),
    }),
  }),
  tokenExpiring: serverMessage({
    type: 'token_expiring',
    summary: 'The access token of this connection runs out in 60 s: send auth_refresh.',
    data: z.strictObject({ expires_at: timestamp }),
  }),
  pong: serverMessage({ type: 'pong', summary: 'The answer to ping.', data: z.null() }),
  ack: serverMessage({
    type: 'ack',
    summary: 'The request with this reply_to was carried out.',
    data: z.record(z.string(), z.unknown()),
  }),
  error: serverMessage({
    type: 'error',
    summary: 'A message was refused; the connection lives on.',
    data: z.strictObject({
      code: z.enum(problemCodes),
      message: z.string(),
      retry_after_ms: z.int().optional(),
      details: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
    }),
  }),
};
