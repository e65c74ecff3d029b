import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Sessions } from '../auth/sessions.service.js';
import { Broker } from '../cluster/broker.js';
import { type Cancel, Clock, earlier, type Moment } from '../common/clock.js';
import { portions } from '../common/portions.js';
import { Problem } from '../common/problem.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

/** So long it waits for more of the same: when Redis comes back every node has something to say. In milliseconds. */
const GATHER_MS = 250;
/** What could not be made good is tried again after this long, in milliseconds. */
const RETRY_MS = 5000;
/** Connections at once. */
const BATCH = 25;

/**
 * Makes good what events of other nodes would have done had they arrived: closes the connections of sessions that have
 * ended meanwhile, and lets every observer bring the others up to date.
 */
@Injectable()
export class CatchUp implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(CatchUp.name);
  /** Begin of the time of which something may be missing. */
  private since: Moment | undefined;
  private running = false;
  private stop: Cancel = () => undefined;

  constructor(
    private readonly broker: Broker,
    private readonly connections: Connections,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.broker.onGap((forMs) => this.expect(this.clock.moment(forMs), GATHER_MS));
  }

  onApplicationShutdown(): void {
    this.stop();
    this.since = undefined;
  }

  private expect(since: Moment, inMs: number): void {
    this.since = earlier(this.since, since);
    if (this.running) return;
    this.stop();
    this.stop = this.clock.after(inMs, () => void this.run());
  }

  private async run(): Promise<void> {
    const { since } = this;
    if (!since) return;
    this.since = undefined;
    this.running = true;
    const failed = await this.catchUpAll(this.clock.since(since));
    this.running = false;
    if (failed > 0) {
      this.logger.warn({ event: 'not_caught_up', connections: failed });
      this.expect(since, RETRY_MS);
    } else if (this.since) this.expect(this.since, GATHER_MS);
  }

  /** @returns for how many connections it failed */
  private async catchUpAll(missedMs: number): Promise<number> {
    let failed = 0;
    for (const batch of portions([...this.connections.all()], BATCH)) {
      const outcomes = await Promise.allSettled(batch.map((connection) => this.catchUp(connection, missedMs)));
      failed += outcomes.filter(({ status }) => status === 'rejected').length;
    }
    return failed;
  }

  /** Makes good what one connection has missed. */
  async catchUp(connection: Connection, missedMs: number): Promise<void> {
    if (!connection.isOpen) return;
    const { userId, sessionId, tokenExpiresAt } = connection.identity;
    try {
      await this.sessions.requireAlive({ userId, sessionId, expiresAt: tokenExpiresAt });
      if (connection.isOpen) await this.connections.catchUp(connection, missedMs);
    } catch (error) {
      const cause = error instanceof Problem ? error.code : undefined;
      if (cause !== 'session_revoked' && cause !== 'account_disabled') throw error;
      connection.close(cause);
    }
  }
}
