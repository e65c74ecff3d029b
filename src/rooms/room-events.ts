import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Presence } from '../presence/presence.service.js';
import { roomEvents, type roomView } from '../protocol/index.js';
import { Connections } from '../realtime/connections.js';
import { Fanout } from '../realtime/fanout.js';
import { userTopic } from '../realtime/topics.js';
import type { Room } from './room.js';
import { roomTopic } from './room-topic.js';

/** What the connections concerned hear of a change, and which of them belong to a room from then on. */
@Injectable()
export class RoomEvents {
  constructor(
    private readonly connections: Connections,
    private readonly fanout: Fanout,
    private readonly presence: Presence,
  ) {}

  async created(room: Room, ownerId: string, memberIds: readonly string[]): Promise<void> {
    const everyone = [ownerId, ...memberIds];
    this.connections.subscribeUsers(everyone, roomTopic(room.id));
    this.fanout.publish(roomEvents.added, showRoom(room), { to: [userTopic(ownerId)] });
    if (memberIds.length === 0) return;
    this.fanout.publish(roomEvents.added, showRoom({ ...room, role: 'member' }), { to: memberIds.map(userTopic) });
    await this.presence.introduceAll(everyone);
  }

  /** From here on the user hears the room. */
  admit(roomId: string, userId: string): void {
    this.connections.subscribeUsers([userId], roomTopic(roomId));
  }

  /** From here on the user hears the room no more. */
  dismiss(roomId: string, userId: string): void {
    this.connections.unsubscribeUsers([userId], roomTopic(roomId));
  }

  /** @param room as the newcomer, who hears it already, sees it */
  async joined(room: Room, userId: string, memberIds: readonly string[]): Promise<void> {
    const membership = { room_id: room.id, user_id: userId };
    this.fanout.publish(roomEvents.added, showRoom(room), { to: [userTopic(userId)] });
    this.fanout.publish(roomEvents.memberAdded, membership, { to: [roomTopic(room.id)], exceptUser: userId });
    await this.presence.introduce(userId, memberIds);
  }

  left(roomId: string, userId: string): void {
    this.dismiss(roomId, userId);
    const membership = { room_id: roomId, user_id: userId };
    this.fanout.publish(roomEvents.removed, { room_id: roomId }, { to: [userTopic(userId)] });
    this.fanout.publish(roomEvents.memberRemoved, membership, { to: [roomTopic(roomId)], exceptUser: userId });
  }

  renamed(roomId: string, name: string): void {
    this.fanout.publish(roomEvents.updated, { room_id: roomId, name }, { to: [roomTopic(roomId)] });
  }

  /** The last that anybody hears of the room: what was going on in it ends first. */
  removed(roomId: string, memberIds: readonly string[]): void {
    this.connections.unsubscribeUsers(memberIds, roomTopic(roomId));
    this.fanout.publish(roomEvents.removed, { room_id: roomId }, { to: memberIds.map(userTopic) });
  }
}

/** A room as it goes over the wire, in answers and in events. */
export function showRoom({ id, name, role, memberCount, createdAt }: Room): z.input<typeof roomView> {
  return { id, name, role, member_count: memberCount, created_at: createdAt.toISOString() };
}
