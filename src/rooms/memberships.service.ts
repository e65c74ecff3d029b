import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { PresenceSettings } from '../config/settings.js';
import { Audience } from '../presence/audience.js';
import { MembershipRecord } from './membership.entity.js';
import { roomTopic } from './room-topic.js';

/** Whether the room that the row `mine` is about has at most so many members; reads no more of them than it takes to tell. */
const IS_SMALL =
  '(SELECT 1 FROM memberships everyone WHERE everyone.room_id = mine.room_id LIMIT 1 OFFSET :most) IS NULL';

/** Who is in which room: one query per question, whatever the answer's size. */
@Injectable()
export class Memberships extends Audience {
  constructor(
    @InjectRepository(MembershipRecord) private readonly records: Repository<MembershipRecord>,
    private readonly settings: PresenceSettings,
  ) {
    super();
  }

  async roomsOf(userId: string): Promise<string[]> {
    const rows = await this.records.find({ select: { roomId: true }, where: { userId } });
    return rows.map(({ roomId }) => roomId);
  }

  async membersOf(roomId: string): Promise<string[]> {
    const rows = await this.records.find({ select: { userId: true }, where: { roomId } });
    return rows.map(({ userId }) => userId);
  }

  async of(userId: string): Promise<{ to: string[]; among: string[] }> {
    const rows = await this.records
      .createQueryBuilder('mine')
      .select('mine.roomId', 'room')
      .addSelect(IS_SMALL, 'small')
      .where('mine.userId = :userId', { userId, most: this.settings.autoWatch })
      .getRawMany<{ room: string; small: number | string }>();
    const small = rows.filter((row) => Number(row.small) === 1);
    return { to: small.map(({ room }) => roomTopic(room)), among: rows.map(({ room }) => roomTopic(room)) };
  }

  async peers(userId: string): Promise<string[]> {
    const rows = await this.fellows(userId)
      .andWhere('fellow.userId <> :userId')
      .andWhere(IS_SMALL, { most: this.settings.autoWatch })
      .getRawMany<{ id: string }>();
    return rows.map(({ id }) => id);
  }

  async sharing(userId: string, others: readonly string[]): Promise<Set<string>> {
    if (others.every((other) => other === userId)) return new Set([userId]);
    const rows = await this.fellows(userId)
      .andWhere('fellow.userId IN (:...others)', { others })
      .getRawMany<{ id: string }>();
    return new Set([userId, ...rows.map(({ id }) => id)]);
  }

  private fellows(userId: string) {
    return this.records
      .createQueryBuilder('mine')
      .innerJoin(MembershipRecord, 'fellow', 'fellow.roomId = mine.roomId')
      .select('fellow.userId', 'id')
      .distinct(true)
      .where('mine.userId = :userId', { userId });
  }
}
