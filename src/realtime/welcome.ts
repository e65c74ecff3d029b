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
    private readonly node: NodeIdentity,
    private readonly realtime: RealtimeSettings,
    private readonly presence: PresenceSettings,
    private readonly typing: TypingSettings,
    connections: Connections,
  ) {
    connections.observe({ opening: (connection) => this.describe(connection) });
  }

  private describe({ id, identity }: Connection): object {
    return {
      connection_id: id,
      user_id: identity.userId,
      session_id: identity.sessionId,
      node: this.node.id,
      heartbeat_interval_ms: this.realtime.heartbeatIntervalMs,
      token_expires_at: iso(identity.tokenExpiresAt),
      max_message_bytes: this.realtime.maxMessageBytes,
      typing_ttl_ms: this.typing.ttlMs,
      typing_throttle_ms: this.typing.throttleMs,
      rate_limits: { messages: shown(this.realtime.messageRate), status: shown(this.presence.statusRate) },
      protocol: PROTOCOL_VERSION,
    };
  }
}
