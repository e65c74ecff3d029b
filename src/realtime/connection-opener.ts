import type { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import type { Identity } from '../auth/identity.js';
import { Clock } from '../common/clock.js';
import { goOn, type Soon } from '../common/soon.js';
import { RealtimeSettings } from '../config/settings.js';
import type { Attempt } from './attempt.js';
import { Connection, type Node } from './connection.js';
import { Connections } from './connections.js';
import { Evictions } from './evictions.js';
import { Flusher } from './flusher.js';
import { Inbox, type ReadSocket } from './inbox.js';
import { Router } from './router.js';

/** Makes an accepted socket a connection: from the 101 to its first frame, and what happens to each frame of the client. */
@Injectable()
export class ConnectionOpener {
  private readonly logger = new Logger('Realtime');
  private readonly node: Node;

  constructor(
    private readonly connections: Connections,
    private readonly router: Router,
    private readonly evictions: Evictions,
    clock: Clock,
    { sendQueueBytes, messageRate }: RealtimeSettings,
  ) {
    this.node = { flusher: new Flusher(), clock, sendQueueBytes, messageRate };
  }

  /** Synchronous to the point where nothing of the client or the cluster can be missed. */
  open(socket: ReadSocket, stream: Socket, attempt: Attempt): Connection {
    const identity = attempt.identity as Identity;
    const connection = new Connection(attempt.connectionId, identity, attempt.address, {
      socket,
      stream,
      node: this.node,
    });
    const inbox = new Inbox(connection, this.handle);
    inbox.listen(socket);
    this.connections.add(connection);
    const missed = this.evictions.missedBy(identity, attempt.startedAt);
    if (missed) connection.close(missed.cause);
    // It may have been to be closed before it was there.
    const greeted = connection.isOpen ? this.greet(connection, inbox) : undefined;
    void goOn(greeted, () => attempt.letNextIn?.());
    return connection;
  }

  /** Stands apart from `open`: what lives as long as a connection must not keep its request, and the token in it, alive. */
  private readonly handle = (sender: Connection, text: string) => this.router.handle(sender, text);

  /** Never fails. Where nothing has to be asked for, it is done when it returns. */
  private greet(connection: Connection, inbox: Inbox): Soon<void> {
    const announced = (data: string) => {
      if (!connection.isOpen) return;
      connection.greet(data);
      const done = this.connections.announce(connection);
      connection.flush();
      return done;
    };
    try {
      const greeted = goOn(goOn(this.connections.prepare(connection), announced), () => inbox.open());
      return greeted instanceof Promise ? greeted.catch((error: unknown) => this.fail(connection, error)) : greeted;
    } catch (error) {
      this.fail(connection, error);
    }
  }

  private fail(connection: Connection, error: unknown): void {
    const stack = error instanceof Error ? error.stack : String(error);
    this.logger.error({ event: 'opening_failed', connection: connection.id, error: stack });
    connection.close('internal');
  }
}
