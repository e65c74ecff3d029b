import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, type Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { storedId } from '../common/ids.js';
import { isUnavailable, Problem } from '../common/problem.js';
import { RoomSettings } from '../config/settings.js';
import { asProblem } from '../database/outage.js';
import { MembershipRecord } from './membership.entity.js';
import { RoomRecord } from './room.entity.js';
import type { Room } from './room.js';

type Membership = Pick<MembershipRecord, 'userId' | 'role' | 'joinedAt'>;

/** The tables of rooms and memberships. */
@Injectable()
export class RoomStore {
  constructor(
    @InjectRepository(RoomRecord) private readonly rooms: Repository<RoomRecord>,
    @InjectRepository(MembershipRecord) private readonly memberships: Repository<MembershipRecord>,
    private readonly clock: Clock,
    private readonly settings: RoomSettings,
  ) {}

  /** Whether a user may make one more room. Rooms that are made on other nodes at the same moment are not seen yet. */
  async hasRoomForMore(ownerId: string): Promise<boolean> {
    return (await this.memberships.countBy({ userId: ownerId, role: 'owner' })) < this.settings.maxPerUser;
  }

  async create(ownerId: string, name: string, memberIds: readonly string[]): Promise<Room> {
    const at = new Date(this.clock.now());
    const room = { id: storedId(), name, createdAt: at };
    const owner = { roomId: room.id, userId: ownerId, role: 'owner' as const, joinedAt: at };
    const members = memberIds.map((userId) => ({ ...owner, userId, role: 'member' as const }));
    await this.rooms.manager.transaction(async (manager) => {
      await manager.insert(RoomRecord, room);
      await manager.insert(MembershipRecord, [owner, ...members]);
    });
    return { ...room, role: 'owner', memberCount: members.length + 1 };
  }

  /** The room as this member sees it. */
  async find(roomId: string, userId: string): Promise<Room | null> {
    const membership = await this.roomsOf(userId).andWhere('mine.roomId = :roomId', { roomId }).getOne();
    return membership && toRoom(membership);
  }

  async list(userId: string, after: string | undefined, limit: number): Promise<Room[]> {
    const select = this.roomsOf(userId).orderBy('mine.roomId').limit(limit);
    if (after !== undefined) select.andWhere('mine.roomId > :after', { after });
    return (await select.getMany()).map(toRoom);
  }

  async rename(roomId: string, name: string): Promise<void> {
    await this.rooms.update({ id: roomId }, { name });
  }

  /** @returns false when it was gone already. */
  async remove(roomId: string): Promise<boolean> {
    return ((await this.rooms.delete({ id: roomId })).affected ?? 0) > 0;
  }

  members(roomId: string, after: string | undefined, limit: number): Promise<Membership[]> {
    return this.memberships.find({
      where: { roomId, ...(after !== undefined && { userId: MoreThan(after) }) },
      order: { userId: 'ASC' },
      take: limit,
    });
  }

  /** One membership, however many add it at the same moment. @throws Problem room_not_found when the room is gone. */
  async addMember(roomId: string, userId: string): Promise<{ added: boolean; membership: Membership }> {
    const existing = await this.memberships.findOneBy({ roomId, userId });
    if (existing) return { added: false, membership: existing };
    const membership = { roomId, userId, role: 'member' as const, joinedAt: new Date(this.clock.now()) };
    try {
      await this.memberships.insert(membership);
      return { added: true, membership };
    } catch (error) {
      const winner = await this.memberships.findOneBy({ roomId, userId });
      // Of an insertion that was carried out only the answer may have been lost.
      const isOurs = isUnavailable(asProblem(error)) && winner?.joinedAt.getTime() === membership.joinedAt.getTime();
      if (winner) return { added: isOurs, membership: winner };
      if (!(await this.rooms.existsBy({ id: roomId }))) throw new Problem('room_not_found');
      throw error;
    }
  }

  /** Hands an owner's room on, and deletes it with its last member. @returns false when there was no such member. */
  removeMember(roomId: string, userId: string): Promise<boolean> {
    return this.rooms.manager.transaction(async (manager) => {
      await lock(manager, roomId);
      const membership = await manager.findOneBy(MembershipRecord, { roomId, userId });
      if (!membership) return false;
      await manager.delete(MembershipRecord, { roomId, userId });
      if (membership.role === 'owner') await handOn(manager, roomId);
      return true;
    });
  }

  private roomsOf(userId: string) {
    return this.memberships
      .createQueryBuilder('mine')
      .innerJoinAndSelect('mine.room', 'room')
      .where('mine.userId = :userId', { userId });
  }
}

/** Makes the removals of one room wait for each other, on every database: a write locks the row, even if it changes nothing. */
async function lock(manager: EntityManager, roomId: string): Promise<void> {
  await manager.update(RoomRecord, { id: roomId }, { name: () => 'name' });
}

/** To the longest-standing member; to nobody: deletes the room. */
async function handOn(manager: EntityManager, roomId: string): Promise<void> {
  const heir = await manager.findOne(MembershipRecord, {
    where: { roomId },
    order: { joinedAt: 'ASC', userId: 'ASC' },
  });
  if (heir) await manager.update(MembershipRecord, { roomId, userId: heir.userId }, { role: 'owner' });
  else await manager.delete(RoomRecord, { id: roomId });
}

function toRoom({ room, role }: MembershipRecord): Room {
  return { id: room.id, name: room.name, role, memberCount: room.memberCount, createdAt: room.createdAt };
}
