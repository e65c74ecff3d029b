import { Injectable } from '@nestjs/common';
import type { Connection } from './connection.js';

/** A feature that has something to do when a connection comes or goes. */
export interface ConnectionObserver {
  /**
   * Before the first frame. What it returns is added to `connected`; no frame of the client is handled, and no event
   * is sent, before every observer is done. A rejection closes the connection with 1011.
   */
  opening?(connection: Connection): Promise<object | void>;
  /** Right after `connected` was sent, still before the client's first frame is handled. */
  opened?(connection: Connection): Promise<void> | void;
  /** The connection lost a topic, by leaving it or by closing. */
  left?(connection: Connection, topic: string): void;
  /** The connection is gone. Called exactly once for every connection whose `opening` was called. */
  closed?(connection: Connection): void;
}

/** The open connections of this node, by id, by user and by topic. */
@Injectable()
export class Connections {
  observe(_observer: ConnectionObserver): void {
    throw new Error('to be written');
  }

  /** This node's connections of a user. */
  ofUser(_userId: string): ReadonlySet<Connection> {
    throw new Error('to be written');
  }

  subscribe(_connection: Connection, _topic: string): void {
    throw new Error('to be written');
  }

  unsubscribe(_connection: Connection, _topic: string): void {
    throw new Error('to be written');
  }

  /** Subscribes every connection of a user, on every node; here before it returns. */
  subscribeUser(_userId: string, _topic: string): void {
    throw new Error('to be written');
  }

  unsubscribeUser(_userId: string, _topic: string): void {
    throw new Error('to be written');
  }
}
