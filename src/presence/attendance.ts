import { Injectable, Logger } from '@nestjs/common';
import { NodeIdentity } from '../cluster/node-identity.js';
import type { Status } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { type ConnectionObserver, Connections } from '../realtime/connections.js';
import { PresenceGreeter } from './presence-greeter.js';
import { ownStatus } from './presence-state.js';
import { PresenceTracker } from './presence-tracker.js';
import { UsersHere } from './users-here.js';

/** Turns the coming and going of connections into claims. */
@Injectable()
export class Attendance implements ConnectionObserver {
  private readonly logger = new Logger(Attendance.name);

  constructor(
    private readonly here: UsersHere,
    private readonly tracker: PresenceTracker,
    private readonly greeter: PresenceGreeter,
    private readonly node: NodeIdentity,
    connections: Connections,
  ) {
    connections.observe(this);
  }

  async opening({ id, userId }: Connection): Promise<{ status: Status }> {
    this.here.add(userId, id);
    const { state } = await this.tracker.claim(userId, { kind: 'connected', node: this.node.id });
    return { status: ownStatus(state) };
  }

  async opened(connection: Connection): Promise<void> {
    await this.greeter.greet(connection);
  }

  closed({ id, userId }: Connection): void {
    if (!this.here.remove(userId, id)) return;
    this.tracker.claim(userId, { kind: 'gone', node: this.node.id }).catch((error: unknown) => {
      this.logger.warn({ event: 'departure_not_claimed', error: String(error) });
    });
  }
}
