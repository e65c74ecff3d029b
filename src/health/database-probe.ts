import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../common/clock.js';

/** How long the database may take to say anything, in milliseconds. */
const PATIENCE_MS = 1000;

/** Asks the database whether it answers. Whoever asks while one question is open gets its answer, so that none pile up. */
@Injectable()
export class DatabaseProbe {
  private readonly logger = new Logger(DatabaseProbe.name);
  private open: Promise<boolean> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async answers(): Promise<boolean> {
    this.open ??= this.ask().finally(() => (this.open = undefined));
    return Promise.race([this.open, this.patience()]);
  }

  private async ask(): Promise<boolean> {
    try {
      await this.dataSource.query('SELECT 1');
      return true;
    } catch (error) {
      this.logger.warn({ event: 'database_down', error: String(error) });
      return false;
    }
  }

  private patience(): Promise<false> {
    return new Promise((resolve) => this.clock.after(PATIENCE_MS, () => resolve(false)));
  }
}
