import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Signals } from '../cluster/signals.js';
import type { Connection } from '../realtime/connection.js';
import { type ConnectionObserver, Connections } from '../realtime/connections.js';
import { Memberships } from './memberships.service.js';
import { isRoomTopic, roomTopic } from './room-topic.js';

/**
 * Subscribes a connection that opens to its user's rooms. A connection hears of changes from its first moment on, so
 * the only way to miss one is that it happens while the rooms are read: then they are read again.
 */
@Injectable()
export class RoomSubscriptions implements ConnectionObserver, OnModuleInit {
  /** Connections whose rooms are being read, and whether the answer is out of date already. */
  private readonly reading = new Map<Connection, { outdated: boolean }>();

  constructor(
    private readonly connections: Connections,
    private readonly memberships: Memberships,
    private readonly signals: Signals,
  ) {}

  onModuleInit(): void {
    this.connections.observe(this);
    this.signals.on('subscription', ({ userId }) => {
      for (const [connection, state] of this.reading) if (connection.userId === userId) state.outdated = true;
    });
  }

  missed(connection: Connection): Promise<void> {
    return this.opening(connection);
  }

  async opening(connection: Connection): Promise<void> {
    const state = { outdated: true };
    this.reading.set(connection, state);
    try {
      while (state.outdated) {
        state.outdated = false;
        const rooms = await this.memberships.roomsOf(connection.userId);
        if (!state.outdated) this.subscribe(connection, new Set(rooms.map(roomTopic)));
      }
    } finally {
      this.reading.delete(connection);
    }
  }

  private subscribe(connection: Connection, topics: ReadonlySet<string>): void {
    for (const topic of [...connection.topics]) {
      if (isRoomTopic(topic) && !topics.has(topic)) this.connections.unsubscribe(connection, topic);
    }
    for (const topic of topics) this.connections.subscribe(connection, topic);
  }
}
