import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('origins')
export class OriginRecord {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id: string;

  @Index('origins_origin', { unique: true })
  @Column({ type: 'varchar', length: 300 })
  origin: string;

  @Column({ name: 'created_at', type: 'datetime', precision: 3 })
  createdAt: Date;
}
