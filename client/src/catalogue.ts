// Made from src/protocol by `npm run client:types`. Do not edit.

export type ShownPresence = {
  user_id: string;
  status: 'online' | 'offline' | 'away' | 'busy';
  last_seen_at: string | null;
  version: number;
};

export type Room = { id: string; name: string; role: 'owner' | 'member'; member_count: number; created_at: string };

export type Status = 'online' | 'offline' | 'away' | 'busy' | 'invisible';

export type ProblemCode =
  | 'bad_json'
  | 'bad_envelope'
  | 'unknown_type'
  | 'validation_failed'
  | 'bad_handshake'
  | 'ambiguous_credentials'
  | 'bad_request'
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'session_revoked'
  | 'invalid_credentials'
  | 'refresh_token_invalid'
  | 'refresh_token_reused'
  | 'account_disabled'
  | 'origin_not_allowed'
  | 'registration_closed'
  | 'not_room_owner'
  | 'admin_only'
  | 'not_found'
  | 'user_not_found'
  | 'room_not_found'
  | 'session_not_found'
  | 'origin_not_found'
  | 'connection_not_found'
  | 'method_not_allowed'
  | 'email_taken'
  | 'origin_exists'
  | 'too_many_rooms'
  | 'last_admin'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'upgrade_required'
  | 'rate_limited'
  | 'too_many_connections'
  | 'headers_too_large'
  | 'internal'
  | 'unavailable';

/** What the server sends by itself, by type. */
export interface ServerEvents {
  /** The first frame of every connection: who you are and what the limits are. */
  connected: {
    connection_id: string;
    user_id: string;
    session_id: string;
    status: Status;
    node: string;
    heartbeat_interval_ms: number;
    token_expires_at: string;
    max_message_bytes: number;
    typing_ttl_ms: number;
    typing_throttle_ms: number;
    rate_limits: {
      messages: { count: number; window_ms: number } | null;
      status: { count: number; window_ms: number } | null;
    };
    protocol: 'hadir.v1';
  };
  /** The access token of this connection runs out in 60 s: send auth_refresh. */
  token_expiring: { expires_at: string };
  /** The answer to ping. */
  pong: null;
  /** The request with this reply_to was carried out. */
  ack: Record<string, unknown>;
  /** A message was refused; the connection lives on. */
  error: {
    code: ProblemCode;
    message: string;
    retry_after_ms?: number;
    details?: Array<{ field: string; message: string }>;
  };
  /** What others see of a user has changed; or, on the user's own sockets, the true status (there with expires_at, null when it does not end). */
  user_status_change: {
    user_id: string;
    status: Status;
    last_seen_at: string | null;
    version: number;
    expires_at?: string | null;
  };
  /** Who of the users watched by themselves is not offline. Sent after connected, and for whoever becomes visible by joining a room. */
  presence_snapshot: { users: Array<ShownPresence> };
  /** A fellow member types in this room, until typing_stop or expires_at. */
  typing_start: { room_id: string; user_id: string; expires_at: string };
  /** A fellow member no longer types in this room. */
  typing_stop: { room_id: string; user_id: string };
  /** You are now a member of this room. */
  room_added: Room;
  /** A room of yours has a new name. */
  room_updated: { room_id: string; name: string };
  /** You are no longer a member of this room, or it is gone. */
  room_removed: { room_id: string };
  /** Somebody joined a room of yours. */
  room_member_added: { room_id: string; user_id: string };
  /** Somebody left a room of yours. */
  room_member_removed: { room_id: string; user_id: string };
}

/** What a client may ask, by type: what it sends, and what the answer holds. */
export interface ClientRequests {
  /** Asks for a pong: proves that the connection and the service are alive. */
  ping: { data: Record<string, never> | null; reply: null };
  /** Extends this connection with a newer access token of the same user and session. */
  auth_refresh: { data: { token: string }; reply: { expires_at: string } };
  /** Chooses your status; expires_at lets it return to online by itself. */
  user_status_change: {
    data: { status: Status; expires_at?: string };
    reply: { status: Status; expires_at: string | null };
  };
  /** Watches users who share a room with you, beyond those watched by themselves; the ack holds the snapshot. */
  presence_subscribe: { data: { user_ids: Array<string> }; reply: { users: Array<ShownPresence> } };
  /** Ends a presence_subscribe for these users. */
  presence_unsubscribe: { data: { user_ids: Array<string> }; reply: Record<string, never> };
  /** Tells the room's other members that you are typing. Repeat it while it lasts. */
  typing_start: { data: { room_id: string }; reply: Record<string, never> };
  /** Tells the room's other members that you stopped typing. */
  typing_stop: { data: { room_id: string }; reply: Record<string, never> };
}

/** Refusals after which the same request may succeed later. */
export const retryableProblems: readonly string[] = ['rate_limited', 'too_many_connections', 'internal', 'unavailable'];

/** Close codes below 4500 after which a client stays away. 4500–4999 all mean that. */
export const terminalCloseCodes: readonly number[] = [1000, 1002, 1003, 1007, 1008, 1009];
