import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A refresh token that was exchanged: kept while its session lives, to know it when it is shown again. */
@Entity('spent_refresh_tokens')
export class SpentRefreshTokenRecord {
  /** SHA-256 of the token. */
  @PrimaryColumn({ type: 'varchar', length: 64 })
  hash: string;

  @Index('spent_refresh_tokens_session_id')
  @ForeignKey('sessions', 'id', { name: 'spent_refresh_tokens_of_session', onDelete: 'CASCADE' })
  @Column({ name: 'session_id', type: 'varchar', length: 36 })
  sessionId: string;

  @Column({ name: 'spent_at', type: 'datetime', precision: 3 })
  spentAt: Date;
}
