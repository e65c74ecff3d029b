import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Role } from './user.js';

@Entity('users')
export class UserRecord {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id: string;

  /** Lower case: collations differ between databases. */
  @Index('users_email', { unique: true })
  @Column({ type: 'varchar', length: 254 })
  email: string;

  @Column({ name: 'password_hash', type: 'varchar', length: 255 })
  passwordHash: string;

  @Column({ name: 'display_name', type: 'varchar', length: 80 })
  displayName: string;

  @Column({ type: 'varchar', length: 16 })
  role: Role;

  @Column({ name: 'disabled_at', type: 'datetime', precision: 3, nullable: true })
  disabledAt: Date | null;

  @Column({ name: 'created_at', type: 'datetime', precision: 3 })
  createdAt: Date;
}
