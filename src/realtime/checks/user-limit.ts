import { Injectable, Logger } from '@nestjs/common';
import type { Identity } from '../../auth/identity.js';
import { NodeIdentity } from '../../cluster/node-identity.js';
import { Problem } from '../../common/problem.js';
import { userAgentOf } from '../../common/request.js';
import { goOn, type Soon } from '../../common/soon.js';
import { RealtimeSettings } from '../../config/settings.js';
import type { Attempt, Check } from '../attempt.js';
import { type Admission, ConnectionRegistry, type LiveConnection } from '../connection-registry.js';
import { Connections } from '../connections.js';

const RETRY_AFTER_MS = 5000;

/** Sockets per user over all nodes. The last check: it counts the connection in, and out again when it closes. */
@Injectable()
export class UserLimitCheck implements Check {
  private readonly logger = new Logger(UserLimitCheck.name);

  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly connections: Connections,
    private readonly node: NodeIdentity,
    private readonly settings: RealtimeSettings,
  ) {
    registry.onReplaced((id) => connections.closeAnywhere(id, 'replaced'));
    connections.observe({ closed: (connection) => void this.release(connection) });
  }

  check(attempt: Attempt): Soon<void> {
    const { maxConnectionsPerUser, maxConnectionsPolicy } = this.settings;
    const live = this.describe(attempt, attempt.identity as Identity);
    const admission = this.registry.admit(live, maxConnectionsPerUser, maxConnectionsPolicy === 'replace_oldest');
    return goOn(admission, this.follow);
  }

  /** Asks whether there is room, without taking it. */
  async preview(userId: string): Promise<void> {
    const { maxConnectionsPerUser, maxConnectionsPolicy } = this.settings;
    if (maxConnectionsPolicy === 'replace_oldest') return;
    if ((await this.registry.countOf(userId)) < maxConnectionsPerUser) return;
    throw new Problem('too_many_connections', { retryAfterMs: RETRY_AFTER_MS });
  }

  /** Counts out a connection that closed, or one that was admitted and never came to be. */
  release(connection: Pick<LiveConnection, 'id' | 'userId'>): Soon<void> {
    const released = this.registry.release(connection);
    if (!(released instanceof Promise)) return;
    return released.catch((error: unknown) => {
      this.logger.error({ event: 'release_failed', connection: connection.id, error: String(error) });
    });
  }

  private readonly follow = ({ admitted, replaced }: Admission): void => {
    if (!admitted) throw new Problem('too_many_connections', { retryAfterMs: RETRY_AFTER_MS });
    for (const { id } of replaced) this.connections.closeAnywhere(id, 'replaced');
  };

  private describe({ connectionId, address, request, startedAt }: Attempt, identity: Identity): LiveConnection {
    const { userId, sessionId } = identity;
    const userAgent = userAgentOf(request) ?? '';
    return { id: connectionId, userId, sessionId, nodeId: this.node.id, address, userAgent, connectedAt: startedAt };
  }
}
