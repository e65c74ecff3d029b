import { Column, Entity, ForeignKey, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { RoomRole } from '../protocol/index.js';
import { RoomRecord } from './room.entity.js';

/** Who is in which room, once. The one owner of a room is the member with that role. */
@Entity('memberships')
export class MembershipRecord {
  @PrimaryColumn({ name: 'room_id', type: 'varchar', length: 36 })
  roomId: string;

  @Index('memberships_user_id')
  @ForeignKey('users', 'id', { name: 'memberships_of_user', onDelete: 'CASCADE' })
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 })
  userId: string;

  @Column({ type: 'varchar', length: 16 })
  role: RoomRole;

  @Column({ name: 'joined_at', type: 'datetime', precision: 3 })
  joinedAt: Date;

  @ManyToOne(() => RoomRecord, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'room_id', foreignKeyConstraintName: 'memberships_of_room' })
  room: Relation<RoomRecord>;
}
