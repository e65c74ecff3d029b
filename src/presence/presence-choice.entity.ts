import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Choice } from './presence-state.js';

/**
 * What is remembered of a user's presence while nothing runs. Without a foreign key: rows are written in batches, and
 * one user who is gone by then must not keep the others from being written.
 */
@Entity('presence_choices')
export class PresenceChoiceRecord {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 })
  userId: string;

  /** Null: no choice, plain online. */
  @Column({ type: 'varchar', length: 16, nullable: true })
  status: Choice['status'] | null;

  @Column({ name: 'expires_at', type: 'datetime', precision: 3, nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'bigint' })
  version: number;

  @Column({ name: 'last_seen_at', type: 'datetime', precision: 3, nullable: true })
  lastSeenAt: Date | null;

  /** Of the state this was made from: what is older is not written over it. */
  @Column({ type: 'bigint', default: 0 })
  revision: number;
}
