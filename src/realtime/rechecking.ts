import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Rechecks } from '../auth/rechecks.js';
import { type Cancel, Clock } from '../common/clock.js';
import { CatchUp } from './catch-up.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

/** What could not be looked at is looked at again after this long, in milliseconds. */
const RETRY_MS = 5000;
/** Connections at once. */
const BATCH = 25;

/** Looks at this node's connections of users about whom a node is in doubt, each as often as it takes, and never twice at once. */
@Injectable()
export class Rechecking implements OnApplicationShutdown {
  private readonly logger = new Logger(Rechecking.name);
  private readonly due = new Set<Connection>();
  private readonly failed = new Set<Connection>();
  private isRunning = false;
  private retry: Cancel | undefined;

  constructor(
    connections: Connections,
    private readonly catchUp: CatchUp,
    private readonly clock: Clock,
    rechecks: Rechecks,
  ) {
    rechecks.onAsked((userIds) => this.look(userIds.flatMap((userId) => [...connections.ofUser(userId)])));
  }

  onApplicationShutdown(): void {
    this.retry?.();
  }

  private look(at: readonly Connection[]): void {
    for (const connection of at) this.due.add(connection);
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.due.size > 0) {
      const batch = [...this.due].slice(0, BATCH);
      for (const connection of batch) this.due.delete(connection);
      await Promise.all(batch.map((one) => this.catchUp.catchUp(one, 0).catch(() => this.failed.add(one))));
    }
    this.isRunning = false;
    if (this.failed.size === 0) return;
    this.logger.warn({ event: 'not_rechecked', connections: this.failed.size });
    this.retry ??= this.clock.after(RETRY_MS, () => {
      this.retry = undefined;
      const again = [...this.failed];
      this.failed.clear();
      this.look(again);
    });
  }
}
