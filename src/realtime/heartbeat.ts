import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type Cancel } from '../common/clock.js';
import { RealtimeSettings } from '../config/settings.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

/** Into how many parts the connections are cut, so that pings are spread over the interval. */
const SLOTS = 25;
const MIN_TICK_MS = 20;

/** Pings every connection at least once an interval, a slot of them at a time, and closes those that do not answer. One timer for all. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly slots: Set<Connection>[];
  private readonly tickMs: number;
  private nextSlot = 0;
  private turn = 0;
  private stop: Cancel = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly settings: RealtimeSettings,
    connections: Connections,
  ) {
    connections.observe({
      opening: (connection) => this.add(connection),
      closed: (connection) => this.remove(connection),
    });
    const { heartbeatIntervalMs } = settings;
    // Timers are late, never early: one tick less than the interval goes round, so that the interval is kept.
    this.tickMs = Math.max(MIN_TICK_MS, Math.floor(heartbeatIntervalMs / (SLOTS + 1)));
    const count = Math.max(1, Math.round(heartbeatIntervalMs / this.tickMs) - 1);
    this.slots = Array.from({ length: count }, () => new Set<Connection>());
  }

  onApplicationBootstrap(): void {
    this.stop = this.clock.every(this.tickMs, () => this.tick());
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  private add(connection: Connection): void {
    const slot = this.slots[this.nextSlot] as Set<Connection>;
    this.nextSlot = (this.nextSlot + 1) % this.slots.length;
    slot.add(connection);
  }

  /** Looks through the slots: to know the slot of each would be a table of them all. */
  private remove(connection: Connection): void {
    for (const slot of this.slots) if (slot.delete(connection)) return;
  }

  private tick(): void {
    const now = this.clock.now();
    const slot = this.slots[this.turn] as Set<Connection>;
    this.turn = (this.turn + 1) % this.slots.length;
    if (slot.size === 0) return;
    for (const connection of slot) connection.ping();
    const pinged = [...slot];
    this.clock.after(this.settings.heartbeatTimeoutMs, () => closeSilent(pinged, now));
  }
}

function closeSilent(connections: readonly Connection[], since: number): void {
  for (const connection of connections)
    if (connection.heardAt < since && !connection.isPaused) connection.close('no_pong');
}
