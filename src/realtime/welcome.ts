import { Injectable } from '@nestjs/common';
import { NodeIdentity } from '../cluster/node-identity.js';
import { iso } from '../common/clock.js';
import type { Rate } from '../config/parsers.js';
import { PresenceSettings, RealtimeSettings, TypingSettings } from '../config/settings.js';
import { PROTOCOL_VERSION } from '../protocol/index.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

const shown = (rate: Rate | null) => rate && { count: rate.count, window_ms: rate.windowMs };

/** What `connected` says of the connection and its limits. Features add what is theirs. */
@Injectable()
export class Welcome {
  constructor(
    node: NodeIdentity,
    realtime: RealtimeSettings,
    presence: PresenceSettings,
    typing: TypingSettings,
    connections: Connections,
  ) {
    connections.tellAll({
      node: node.id,
      heartbeat_interval_ms: realtime.heartbeatIntervalMs,
      max_message_bytes: realtime.maxMessageBytes,
      typing_ttl_ms: typing.ttlMs,
      typing_throttle_ms: typing.throttleMs,
      rate_limits: { messages: shown(realtime.messageRate), status: shown(presence.statusRate) },
      protocol: PROTOCOL_VERSION,
    });
    connections.observe({ opening: describe });
  }
}

function describe({ id, identity }: Connection): object {
  return {
    connection_id: id,
    user_id: identity.userId,
    session_id: identity.sessionId,
    token_expires_at: iso(identity.tokenExpiresAt),
  };
}
