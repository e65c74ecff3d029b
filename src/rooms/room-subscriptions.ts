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
  /** By user, the readings of their rooms under way, and whether the answer is out of date already. */
  private readonly readings = new Map<string, Set<{ outdated: boolean }>>();

  constructor(
    private readonly connections: Connections,
    private readonly memberships: Memberships,
    private readonly signals: Signals,
  ) {}

  onModuleInit(): void {
    this.connections.observe(this);
    this.signals.on('subscription', ({ userIds }) => {
      for (const userId of userIds) this.readings.get(userId)?.forEach((reading) => (reading.outdated = true));
    });
  }

  missed(connection: Connection): Promise<void> {
    return this.opening(connection);
  }

  async opening(connection: Connection): Promise<void> {
    const { userId } = connection;
    const reading = { outdated: true };
    const readings = this.readings.get(userId) ?? new Set();
    this.readings.set(userId, readings.add(reading));
    try {
      while (reading.outdated) {
        reading.outdated = false;
        const rooms = await this.memberships.roomsOf(userId);
        if (!reading.outdated) this.subscribe(connection, new Set(rooms.map(roomTopic)));
      }
    } finally {
      readings.delete(reading);
      if (readings.size === 0) this.readings.delete(userId);
    }
  }

  private subscribe(connection: Connection, topics: ReadonlySet<string>): void {
    for (const topic of [...connection.topics]) {
      if (isRoomTopic(topic) && !topics.has(topic)) this.connections.unsubscribe(connection, topic);
    }
    for (const topic of topics) this.connections.subscribe(connection, topic);
  }
}
