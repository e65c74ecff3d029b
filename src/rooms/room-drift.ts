import { Injectable } from '@nestjs/common';
import type { Connection } from '../realtime/connection.js';
import { type ConnectionObserver, Connections } from '../realtime/connections.js';
import { Memberships } from './memberships.service.js';
import { roomTopic } from './room-topic.js';

const PREFIX = roomTopic('');

/** Finds connections that follow other rooms than their users are in. */
@Injectable()
export class RoomDrift implements ConnectionObserver {
  constructor(
    private readonly memberships: Memberships,
    connections: Connections,
  ) {
    connections.observe(this);
  }

  async drifted(connections: readonly Connection[]): Promise<readonly Connection[]> {
    if (connections.length === 0) return [];
    const rooms = await this.memberships.roomsOfAll([...new Set(connections.map(({ userId }) => userId))]);
    return connections.filter((connection) => !isIn(connection, rooms.get(connection.userId) ?? new Set()));
  }
}

/** Whether it follows these rooms and no others. */
function isIn(connection: Connection, rooms: ReadonlySet<string>): boolean {
  let followed = 0;
  for (const topic of connection.topics) if (topic.startsWith(PREFIX)) followed += 1;
  if (followed !== rooms.size) return false;
  for (const room of rooms) if (!connection.isSubscribed(roomTopic(room))) return false;
  return true;
}
