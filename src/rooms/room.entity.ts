import { Column, Entity, PrimaryColumn, VirtualColumn } from 'typeorm';

@Entity('rooms')
export class RoomRecord {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id: string;

  @Column({ type: 'varchar', length: 100 })
  name: string;

  @Column({ name: 'created_at', type: 'datetime', precision: 3 })
  createdAt: Date;

  @VirtualColumn({
    query: (room) => `SELECT COUNT(*) FROM memberships WHERE room_id = ${room}.id`,
    transformer: { from: Number, to: Number },
  })
  memberCount: number;
}
