import { Injectable } from '@nestjs/common';
import { Rechecks } from '../auth/rechecks.js';
import { cursorKey, type PageQuery } from '../common/page.js';
import { Problem } from '../common/problem.js';
import { Turns } from '../common/turns.js';
import { Users } from '../users/users.service.js';
import { Memberships } from './memberships.service.js';
import type { Member, Room } from './room.js';
import { RoomEvents } from './room-events.js';
import { RoomStore } from './room-store.js';

/**
 * Rooms and who is in them. Each change is stored first, then heard by the connections concerned; the changes of one
 * room are made and heard one after the other.
 */
@Injectable()
export class Rooms {
  private readonly turns = new Turns();

  constructor(
    private readonly store: RoomStore,
    private readonly memberships: Memberships,
    private readonly users: Users,
    private readonly events: RoomEvents,
    private readonly rechecks: Rechecks,
  ) {}

  /** @throws Problem too_many_rooms; validation_failed naming member_ids where one of them is nobody. */
  create(ownerId: string, name: string, memberIds: readonly string[]): Promise<Room> {
    return this.turns.take(ownerId, async () => {
      if (!(await this.store.hasRoomForMore(ownerId))) throw new Problem('too_many_rooms');
      return this.make(ownerId, name, memberIds);
    });
  }

  /** Up to `limit + 1` rooms of a user, by age. */
  list(userId: string, query: PageQuery): Promise<Room[]> {
    return this.store.list(userId, cursorKey(query), query.limit + 1);
  }

  /** @throws Problem room_not_found, whether it is missing or the user is not a member. */
  async find(userId: string, roomId: string): Promise<Room> {
    const room = await this.store.find(roomId, userId);
    if (!room) throw new Problem('room_not_found');
    return room;
  }

  /** @throws Problem room_not_found | not_room_owner */
  rename(userId: string, roomId: string, name: string): Promise<Room> {
    return this.turns.take(roomId, async () => {
      const room = await this.owned(userId, roomId);
      if (room.name === name) return room;
      await this.store.rename(roomId, name);
      this.events.renamed(roomId, name);
      return { ...room, name };
    });
  }

  /** @throws Problem room_not_found | not_room_owner */
  remove(userId: string, roomId: string): Promise<void> {
    return this.turns.take(roomId, async () => {
      await this.owned(userId, roomId);
      const members = await this.memberships.membersOf(roomId);
      const removed = await this.rechecks.afterDoubt(members, () => this.store.remove(roomId));
      if (removed) this.events.removed(roomId, members);
    });
  }

  /** Up to `limit + 1` members. @throws Problem room_not_found */
  async members(userId: string, roomId: string, query: PageQuery): Promise<Member[]> {
    await this.find(userId, roomId);
    const rows = await this.store.members(roomId, cursorKey(query), query.limit + 1);
    const users = await this.users.findAll(rows.map((row) => row.userId));
    const names = new Map(users.map(({ id, displayName }) => [id, displayName]));
    return rows.map((row) => ({ ...row, displayName: names.get(row.userId) ?? '' }));
  }

  /** Adding a member again changes nothing. @throws Problem room_not_found | not_room_owner | user_not_found */
  addMember(ownerId: string, roomId: string, userId: string): Promise<Member> {
    return this.turns.take(roomId, async () => {
      await this.owned(ownerId, roomId);
      const user = await this.users.find(userId);
      if (!user) throw new Problem('user_not_found');
      const membership = await this.rechecks.afterDoubt([userId], async () => {
        const { added, membership } = await this.store.addMember(roomId, userId);
        if (added) await this.announceMember(roomId, userId);
        else this.rechecks.ask(userId);
        return membership;
      });
      return { ...membership, displayName: user.displayName };
    });
  }

  /**
   * Removing who is not there changes nothing. An owner who leaves is followed by the longest-standing member.
   * @throws Problem room_not_found | not_room_owner | user_not_found
   */
  removeMember(callerId: string, roomId: string, userId: string): Promise<void> {
    return this.turns.take(roomId, async () => {
      const room = await this.store.find(roomId, callerId);
      if (!room && userId === callerId) this.rechecks.ask(userId);
      if (!room) throw new Problem('room_not_found');
      if (room.role !== 'owner' && userId !== callerId) throw new Problem('not_room_owner');
      const removed = await this.rechecks.afterDoubt([userId], () => this.store.removeMember(roomId, userId));
      if (removed) return this.events.left(roomId, userId);
      this.rechecks.ask(userId);
      if (!(await this.users.find(userId))) throw new Problem('user_not_found');
    });
  }

  private async make(ownerId: string, name: string, memberIds: readonly string[]): Promise<Room> {
    const others = [...new Set(memberIds)].filter((id) => id !== ownerId);
    const known = await this.users.findAll(others);
    if (known.length < others.length) {
      throw new Problem('validation_failed', {
        details: [{ field: 'member_ids', message: 'names somebody who does not exist' }],
      });
    }
    const room = await this.rechecks.afterDoubt([ownerId, ...others], () => this.store.create(ownerId, name, others));
    await this.events.created(room, ownerId, others);
    return room;
  }

  /** Another node may remove the member meanwhile: what the table says after the subscription holds. */
  private async announceMember(roomId: string, userId: string): Promise<void> {
    const members = await this.memberships.membersOf(roomId);
    this.events.admit(roomId, userId);
    const room = await this.store.find(roomId, userId);
    if (room) await this.events.joined(room, userId, members);
    else this.events.dismiss(roomId, userId);
  }

  private async owned(userId: string, roomId: string): Promise<Room> {
    const room = await this.find(userId, roomId);
    if (room.role !== 'owner') throw new Problem('not_room_owner');
    return room;
  }
}
