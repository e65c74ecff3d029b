import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type Cancel, Clock } from '../common/clock.js';
import { Readiness } from '../common/readiness.js';
import { RealtimeSettings } from '../config/settings.js';
import { Connections } from './connections.js';
import { Handshake } from './handshake.js';

/** How many connections are closed in one turn of the event loop. */
const BATCH = 250;

/** Sends all connections away when the node stops: 1001, each with a time of its own to come back after. */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  constructor(
    private readonly readiness: Readiness,
    private readonly connections: Connections,
    private readonly settings: RealtimeSettings,
    private readonly clock: Clock,
    private readonly handshake: Handshake,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.readiness.setDraining();
    const leaving = [...this.connections.all()];
    const gone = Promise.all(leaving.map((connection) => connection.whenGone()));
    const times = spread(leaving.length, this.settings.drainTimeoutMs);
    for (const [index, connection] of leaving.entries()) {
      connection.sendAway(times[index] ?? 0);
      if (index % BATCH === BATCH - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    await this.atMostTheDrain(Promise.all([gone, this.handshake.idle()]));
  }

  /** Newcomers get their 503 as long as somebody is still leaving. */
  private async atMostTheDrain(gone: Promise<unknown>): Promise<void> {
    let cancel: Cancel = () => undefined;
    const over = new Promise<void>((resolve) => (cancel = this.clock.after(this.settings.drainTimeoutMs, resolve)));
    await Promise.race([gone, over]);
    cancel();
  }
}

/** `count` whole numbers from 0 to below `window`, evenly spread and in no order. */
function spread(count: number, window: number): number[] {
  const times = Array.from({ length: count }, (_, index) => Math.floor(((index + Math.random()) * window) / count));
  for (let last = times.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [times[last], times[other]] = [times[other] as number, times[last] as number];
  }
  return times;
}
