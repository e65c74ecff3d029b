import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Cancel, Clock } from '../common/clock.js';
import { fromDatetime, placeholders } from '../database/raw.js';
import { PresenceChoiceRecord } from './presence-choice.entity.js';
import type { Choice, Remembered } from './presence-state.js';

/** How long a record that nobody waits for may gather company, and after which a failed write is tried again. */
const WRITE_AFTER_MS = 1000;
/** Rows per statement. */
const ROWS = 100;
const NOTHING: Remembered = { choice: null, version: 0, lastSeenAt: null };

const LOAD = `
  SELECT user_id AS userId, status, expires_at AS expiresAt, version, last_seen_at AS lastSeenAt
  FROM presence_choices WHERE user_id IN `;

/** A record as a driver hands it over. */
interface Row {
  readonly userId: string;
  readonly status: Choice['status'] | null;
  readonly expiresAt: string | Date | null;
  readonly version: number | string;
  readonly lastSeenAt: string | Date | null;
}

/** What survives a restart. Written in batches, the newest record of a user only; what cannot be written now is kept. */
@Injectable()
export class PresenceChoices {
  private readonly logger = new Logger(PresenceChoices.name);
  private readonly unwritten = new Map<string, Remembered>();
  private writing: Promise<void> | undefined;
  private cancelTimer: Cancel | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** What is remembered of each of these users; of most that is nothing. */
  async load(userIds: readonly string[]): Promise<Map<string, Remembered>> {
    const rows = await this.records.query<Row[]>(LOAD + `(${placeholders(userIds)})`, [...userIds]);
    const stored = new Map(rows.map((row) => [row.userId, fromRow(row)]));
    return new Map(userIds.map((id) => [id, this.unwritten.get(id) ?? stored.get(id) ?? NOTHING]));
  }

  /** Writes soon. */
  remember(userId: string, what: Remembered): void {
    this.unwritten.set(userId, what);
    this.cancelTimer ??= this.clock.after(WRITE_AFTER_MS, () => void this.flush());
  }

  /** Resolves when the newest record of the user is written, or when that failed and will be tried again. */
  async written(userId: string): Promise<void> {
    await this.writing;
    if (this.unwritten.has(userId)) await this.flush();
  }

  /** Writes everything, and nothing later. */
  async finish(): Promise<void> {
    await this.writing;
    await this.flush();
    this.stopWaiting();
  }

  private async flush(): Promise<void> {
    this.stopWaiting();
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
    await this.writing;
  }

  private stopWaiting(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private get records() {
    return this.dataSource.getRepository(PresenceChoiceRecord);
  }

  private async writeAll(): Promise<void> {
    while (this.unwritten.size > 0) {
      const batch = [...this.unwritten].slice(0, ROWS);
      for (const [userId] of batch) this.unwritten.delete(userId);
      try {
        await this.write(batch);
      } catch (error) {
        this.logger.warn({ event: 'presence_not_saved', users: batch.length, error: String(error) });
        this.takeBack(batch);
        return;
      }
    }
  }

  private async write(batch: readonly [string, Remembered][]): Promise<void> {
    await this.records
      .createQueryBuilder()
      .insert()
      .values(batch.map(([userId, what]) => toRecord(userId, what)))
      .orUpdate(['status', 'expires_at', 'version', 'last_seen_at'], ['user_id'])
      .execute();
  }

  private takeBack(batch: readonly [string, Remembered][]): void {
    for (const [userId, what] of batch) {
      if (!this.unwritten.has(userId)) this.remember(userId, what);
    }
  }
}

function fromRow({ status, expiresAt, version, lastSeenAt }: Row): Remembered {
  const choice = status && { status, expiresAt: fromDatetime(expiresAt) };
  return { choice, version: Number(version), lastSeenAt: fromDatetime(lastSeenAt) };
}

function toRecord(userId: string, { choice, version, lastSeenAt }: Remembered): PresenceChoiceRecord {
  return {
    userId,
    status: choice?.status ?? null,
    expiresAt: instant(choice?.expiresAt),
    version,
    lastSeenAt: instant(lastSeenAt),
  };
}

function instant(ms: number | null | undefined): Date | null {
  return ms === null || ms === undefined ? null : new Date(ms);
}
