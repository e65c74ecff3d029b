import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Sessions } from '../auth/sessions.service.js';
import { Broker } from '../cluster/broker.js';
import { type Cancel, Clock } from '../common/clock.js';
import { CatchUp } from './catch-up.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

const TICK_MS = 5000;
/** From one round to the next while events of other nodes arrive, in milliseconds; while they do not it is a tick. */
const ROUND_MS = 60_000;
/** Connections in one query, and the pause until the next. */
const BATCH = 100;
const PAUSE_MS = 50;

/**
 * Compares all open connections with the database now and then, a few queries for thousands of them. Events tell nodes
 * of what ends; this bounds how long it takes where none came: nobody made one, or nothing carries them.
 */
@Injectable()
export class Rounds implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Rounds.name);
  private waitedMs = 0;
  private running = false;
  private stop: Cancel = () => undefined;

  constructor(
    private readonly broker: Broker,
    private readonly connections: Connections,
    private readonly sessions: Sessions,
    private readonly catchUp: CatchUp,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = this.clock.every(TICK_MS, () => void this.tick());
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  private async tick(): Promise<void> {
    this.waitedMs += TICK_MS;
    if (this.running || (this.waitedMs < ROUND_MS && !this.broker.isDeaf)) return;
    this.waitedMs = 0;
    this.running = true;
    try {
      await this.goRound();
    } catch (error) {
      this.warn(error);
    } finally {
      this.running = false;
    }
  }

  private warn(error: unknown): void {
    this.logger.warn({ event: 'not_compared', error: String(error) });
  }

  private async goRound(): Promise<void> {
    const all = [...this.connections.all()];
    for (let at = 0; at < all.length; at += BATCH) {
      if (at > 0) await new Promise<void>((resolve) => this.clock.after(PAUSE_MS, resolve));
      await this.compare(all.slice(at, at + BATCH).filter(({ isOpen }) => isOpen));
    }
  }

  private async compare(connections: readonly Connection[]): Promise<void> {
    const alive = await this.sessions.alive(connections.map(({ identity }) => identity.sessionId));
    const wrong = await this.connections.drifted(connections);
    for (const connection of connections) if (!alive.has(connection.identity.sessionId)) wrong.add(connection);
    for (const connection of wrong) {
      await this.catchUp.catchUp(connection, ROUND_MS).catch((error: unknown) => this.warn(error));
    }
  }
}
