import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Signals } from '../cluster/signals.js';
import type { Soon } from '../common/soon.js';
import { Presence } from '../presence/presence.service.js';
import { roomEvents } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { type ConnectionObserver, Connections } from '../realtime/connections.js';
import { Memberships } from './memberships.service.js';
import { showRoom } from './room-events.js';
import { RoomStore } from './room-store.js';
import { roomOf, roomTopic } from './room-topic.js';

/** Rooms that a connection came into or lost because the database says so. */
interface Difference {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/**
 * Subscribes a connection that opens to its user's rooms. A connection hears of changes from its first moment on, so
 * the only way to miss one is that it happens while the rooms are read: then they are read again.
 */
@Injectable()
export class RoomSubscriptions implements ConnectionObserver, OnModuleInit {
  /** By user, the readings of their rooms under way, and whether the answer is out of date already. */
  private readonly readings = new Map<string, Set<{ outdated: boolean }>>();
  /** Connections that do not know their rooms yet. */
  private readonly arriving = new Set<Connection>();
  /** By connection, where there are any: rooms it came into of which its client was not told yet. */
  private readonly untold = new WeakMap<Connection, Set<string>>();

  constructor(
    private readonly connections: Connections,
    private readonly memberships: Memberships,
    private readonly store: RoomStore,
    private readonly presence: Presence,
    private readonly signals: Signals,
  ) {}

  onModuleInit(): void {
    this.connections.observe(this);
    for (const name of ['subscription', 'recheck'] as const)
      this.signals.on(name, ({ userIds }) => this.outdate(userIds));
  }

  opening(connection: Connection): Soon<void> {
    const followed = this.follow(connection);
    if (!(followed instanceof Promise)) return;
    this.arriving.add(connection);
    return followed.then(() => undefined).finally(() => this.arriving.delete(connection));
  }

  /** Tells the client what its own events would have told it, had they come. */
  async missed(connection: Connection): Promise<void> {
    const { joined, left } = await this.follow(connection);
    // One that has not opened yet knows of no rooms.
    if (this.arriving.has(connection)) return;
    const untold = this.untold.get(connection) ?? new Set();
    for (const roomId of left) {
      untold.delete(roomId);
      connection.answer(roomEvents.removed.type, { room_id: roomId }, undefined);
    }
    for (const roomId of joined) untold.add(roomId);
    if (untold.size > 0) this.untold.set(connection, untold);
    for (const roomId of untold) {
      await this.tellJoined(connection, roomId);
      untold.delete(roomId);
    }
    if (untold.size === 0) this.untold.delete(connection);
  }

  private async tellJoined(connection: Connection, roomId: string): Promise<void> {
    const { userId } = connection;
    const room = await this.store.find(roomId, userId);
    if (!room) return;
    const members = await this.memberships.membersOf(roomId);
    connection.answer(roomEvents.added.type, showRoom(room), undefined);
    await this.presence.introduce(userId, members);
  }

  private outdate(userIds: readonly string[]): void {
    for (const userId of userIds) this.readings.get(userId)?.forEach((reading) => (reading.outdated = true));
  }

  private follow(connection: Connection): Soon<Difference> {
    const rooms = this.memberships.roomsOf(connection.userId);
    return rooms instanceof Promise ? this.readOn(connection, rooms) : this.subscribe(connection, rooms);
  }

  private async readOn(connection: Connection, begun: Promise<readonly string[]>): Promise<Difference> {
    const { userId } = connection;
    const reading = { outdated: true };
    const readings = this.readings.get(userId) ?? new Set();
    this.readings.set(userId, readings.add(reading));
    try {
      for (let asked: Soon<readonly string[]> = begun; ; asked = this.memberships.roomsOf(userId)) {
        reading.outdated = false;
        const rooms = await asked;
        if (!reading.outdated) return this.subscribe(connection, rooms);
      }
    } finally {
      readings.delete(reading);
      if (readings.size === 0) this.readings.delete(userId);
    }
  }

  private subscribe(connection: Connection, rooms: readonly string[]): Difference {
    const joined = rooms.filter((roomId) => !connection.isSubscribed(roomTopic(roomId)));
    const left = roomsBut(rooms, connection);
    for (const roomId of left) this.connections.unsubscribe(connection, roomTopic(roomId));
    for (const roomId of joined) this.connections.subscribe(connection, roomTopic(roomId));
    return { joined, left };
  }
}

/** The rooms that a connection is subscribed to and that are none of these. */
function roomsBut(rooms: readonly string[], { topics }: Connection): string[] {
  const left: string[] = [];
  for (const topic of topics) {
    const roomId = roomOf(topic);
    if (roomId !== undefined) left.push(roomId);
  }
  if (left.length === 0) return left;
  const kept = new Set(rooms);
  return left.filter((roomId) => !kept.has(roomId));
}
