import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Identity, reasonOfEnd } from '../auth/identity.js';
import { Clock, type Cancel, iso } from '../common/clock.js';
import { Groups } from '../common/groups.js';
import { connectionEvents } from '../protocol/index.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';
import { envelope, textFrame } from './frame.js';

/** How long before the end a connection is told, in milliseconds. */
const NOTICE_MS = 60_000;
const TICK_MS = 500;

/** Tells connections that their access token runs out, and closes those that did nothing about it. One timer for all. */
@Injectable()
export class TokenExpiry implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Connections by the tick in which something is due for them: first the notice, then the end. */
  private readonly due = new Groups<number, Connection>();
  private tickDone = 0;
  private stop: Cancel = () => undefined;

  constructor(
    private readonly clock: Clock,
    connections: Connections,
  ) {
    connections.observe({
      opening: (connection) => this.watch(connection),
      closed: (connection) => this.forget(connection),
    });
  }

  onApplicationBootstrap(): void {
    this.tickDone = lastTick(this.clock.now());
    this.stop = this.clock.every(TICK_MS, () => this.tick());
  }

  onApplicationShutdown(): void {
    this.stop();
  }

  /** Goes over to a token of the connection's session that ends later. */
  extend(connection: Connection, identity: Identity): void {
    this.forget(connection);
    connection.extend(identity);
    this.watch(connection);
  }

  private watch(connection: Connection): void {
    const { tokenExpiresAt } = connection.identity;
    this.schedule(connection, tokenExpiresAt - NOTICE_MS);
  }

  private forget(connection: Connection): void {
    const { tokenExpiresAt } = connection.identity;
    for (const at of [tokenExpiresAt - NOTICE_MS, tokenExpiresAt]) {
      this.due.delete(firstTick(at), connection);
    }
  }

  private schedule(connection: Connection, at: number): void {
    this.due.add(Math.max(firstTick(at), this.tickDone + 1), connection);
  }

  private tick(): void {
    const now = this.clock.now();
    for (const last = lastTick(now); this.tickDone < last;) {
      this.tickDone += 1;
      for (const connection of this.due.take(this.tickDone)) this.check(connection, now);
    }
  }

  private check(connection: Connection, now: number): void {
    const { tokenExpiresAt } = connection.identity;
    if (!connection.isOpen) return;
    if (tokenExpiresAt <= now) connection.close(reasonOfEnd(connection.identity, now));
    else if (tokenExpiresAt - NOTICE_MS <= now) {
      const { type } = connectionEvents.tokenExpiring;
      connection.send(textFrame(envelope(type, { expires_at: iso(tokenExpiresAt) }, now)));
      this.schedule(connection, tokenExpiresAt);
    }
  }
}

/** The first tick at which `at` has passed. */
function firstTick(at: number): number {
  return Math.ceil(at / TICK_MS);
}

/** The last tick that is over. Timers do not ring at whole ticks. */
function lastTick(now: number): number {
  return Math.floor(now / TICK_MS);
}
