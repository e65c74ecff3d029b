import type { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/identity.js';
import { Clock } from '../common/clock.js';
import { userAgentOf } from '../common/request.js';
import { RealtimeSettings } from '../config/settings.js';
import type { Attempt } from './attempt.js';
import { Connection, type Peer } from './connection.js';
import { Connections } from './connections.js';
import { Evictions } from './evictions.js';
import { Flusher } from './flusher.js';
import { Inbox } from './inbox.js';
import { Router } from './router.js';

/** Makes an accepted socket a connection: from the 101 to its first frame, and what happens to each frame of the client. */
@Injectable()
export class ConnectionOpener {
  private readonly logger = new Logger('Realtime');
  private readonly flusher = new Flusher();

  constructor(
    private readonly connections: Connections,
    private readonly router: Router,
    private readonly evictions: Evictions,
    private readonly clock: Clock,
    private readonly settings: RealtimeSettings,
  ) {}

  /** Synchronous to the point where nothing of the client or the cluster can be missed. */
  open(socket: WebSocket, stream: Socket, attempt: Attempt): Connection {
    const identity = attempt.identity as Identity;
    const { sendQueueBytes, messageRate } = this.settings;
    const wire = {
      socket,
      stream,
      flusher: this.flusher,
      clock: this.clock,
      sendQueueBytes,
      messageRate,
      writes: 0,
      isBusy: true,
    };
    const connection = new Connection(attempt.connectionId, identity, peerOf(attempt), wire);
    const inbox = new Inbox(connection, this.handle);
    inbox.listen(socket);
    this.connections.add(connection);
    const missed = this.evictions.missedBy(identity, attempt.startedAt);
    if (missed) connection.close(missed.cause);
    const greeted = missed ? Promise.resolve() : this.greet(connection, inbox);
    void greeted.then(() => attempt.letNextIn?.());
    return connection;
  }

  /** Stands apart from `open`: what lives as long as a connection must not keep its request, and the token in it, alive. */
  private readonly handle = (sender: Connection, text: string) => this.router.handle(sender, text);

  private async greet(connection: Connection, inbox: Inbox): Promise<void> {
    try {
      connection.greet(await this.connections.prepare(connection));
      await this.connections.announce(connection);
      inbox.open();
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.logger.error({ event: 'opening_failed', connection: connection.id, error: stack });
      connection.close('internal');
    }
  }
}

function peerOf({ address, request }: Attempt): Peer {
  return { address, userAgent: userAgentOf(request) ?? '', origin: request.headers.origin };
}
