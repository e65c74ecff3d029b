import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Cancel, Clock } from '../common/clock.js';
import { loadRows, saveRows } from './presence-choice-rows.js';
import type { Remembered } from './presence-state.js';

/** How long a record that nobody waits for may gather company, and after which a failed write is tried again. */
const WRITE_AFTER_MS = 1000;
/** Rows per statement. */
const ROWS = 100;
const NOTHING: Remembered = { choice: null, version: 0, lastSeenAt: null, revision: 0 };

/**
 * What survives a restart. Written in batches, the newest record of a user only; what cannot be written now is kept. Of
 * what several nodes write of a user the newest state stays, whoever writes last.
 */
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
    const stored = await loadRows(this.dataSource, userIds);
    return new Map(userIds.map((id) => [id, newer(stored.get(id), this.unwritten.get(id)) ?? NOTHING]));
  }

  /** Writes soon. */
  remember(userId: string, what: Remembered): void {
    if (newer(this.unwritten.get(userId), what) !== what) return;
    this.unwritten.set(userId, what);
    this.flushSoon();
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

  private flushSoon(): void {
    this.cancelTimer ??= this.clock.after(WRITE_AFTER_MS, () => void this.flush());
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

  /** A record is there to be read until it is written, and stays if another has taken its place meanwhile. */
  private async writeAll(): Promise<void> {
    while (this.unwritten.size > 0) {
      const batch = [...this.unwritten].slice(0, ROWS);
      try {
        await saveRows(this.dataSource, batch);
      } catch (error) {
        this.logger.warn({ event: 'presence_not_saved', users: batch.length, error: String(error) });
        return this.flushSoon();
      }
      for (const [userId, what] of batch) if (this.unwritten.get(userId) === what) this.unwritten.delete(userId);
    }
  }
}

/** Of equals the latter: it was made later from the same state. */
function newer(one: Remembered | undefined, other: Remembered | undefined): Remembered | undefined {
  if (!one || !other) return one ?? other;
  return one.revision > other.revision ? one : other;
}
