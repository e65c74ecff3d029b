import { Logger } from '@nestjs/common';
import { ErrorReply } from 'redis';
import type { Cancel, Clock, Moment } from '../common/clock.js';
import { connect } from './connect.js';
import { RedisOutage } from './outage.js';
import type { Server } from './server.js';

/** How long Redis may take to answer, in milliseconds. Answers come in order, so one that is late makes all that follow late. */
const COMMAND_TIMEOUT_MS = 1500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
/** A connection that was lost sooner than that has mended nothing, in milliseconds. */
const HELD_MS = 3000;

/** What Redis says when it is there and still of no use: it starts, has become a replica, is full, or a script runs away. */
const OUTAGE =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY|NOREPLICAS|UNKILLABLE|NOAUTH|WRONGPASS)\b/;

/**
 * The way to Redis. While it is down every call fails at once and nothing waits; a connection that does not answer in
 * time is given up with everything on it. A new one is tried at once where the last one had held, and at least every
 * second. Where a server of a cluster fails, the connection to the others is used until there is a new one.
 */
export class Link {
  private readonly logger = new Logger('Redis');
  private readonly listeners: ((lostAt?: Moment) => void)[] = [];
  private lostAt: Moment | undefined;
  private server: Server | undefined;
  /** Nothing of it has failed so far. */
  private isSound = false;
  /** Until their last answers have come. */
  private readonly replaced = new Set<Server>();
  /** Where somebody may answer: as REDIS_URL says, and the other servers of the cluster. */
  private addresses: readonly string[];
  private connecting: Promise<void> | undefined;
  private wake: () => void = () => undefined;
  private closed = false;
  private upSince: Moment | undefined;
  /** Before the next attempt. */
  private pauseMs = 0;
  /** Why the newest attempt to connect failed. */
  private failure = 'no connection in time';

  constructor(
    private readonly name: string,
    private readonly named: readonly string[],
    private readonly clock: Clock,
  ) {
    this.addresses = named;
  }

  get isUp(): boolean {
    return this.server !== undefined;
  }

  /** Calls back whenever a connection stands, with when the one before was lost; whatever was subscribed there is forgotten. */
  onUp(listener: (lostAt?: Moment) => void): void {
    this.listeners.push(listener);
  }

  /** @throws RedisOutage when nothing answers for `patienceMs`. */
  async open(patienceMs: number): Promise<void> {
    this.reconnect();
    let cancel: Cancel = () => undefined;
    const patience = new Promise<void>((resolve) => (cancel = this.clock.after(patienceMs, resolve)));
    // Between two attempts nothing else may keep a process alive that is only starting.
    const alive = setInterval(() => undefined, LONGEST_PAUSE_MS);
    await Promise.race([this.connecting, patience]);
    clearInterval(alive);
    cancel();
    if (!this.isUp) throw new RedisOutage(`REDIS_URL does not answer (${this.failure})`);
  }

  /** @throws RedisOutage at once when Redis is down, else when it does not answer in time. */
  async run<Result>(work: (server: Server) => Promise<Result>): Promise<Result> {
    const { server } = this;
    if (!server) throw new RedisOutage('no connection');
    let cancel: Cancel = () => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.clock.after(COMMAND_TIMEOUT_MS, () => {
        reject(new RedisOutage('no answer in time'));
        this.lose(server, 'no answer in time');
      });
    });
    try {
      return await Promise.race([work(server), late]);
    } catch (error) {
      throw this.judge(server, error);
    } finally {
      cancel();
    }
  }

  /** Gives the connection up and makes another. */
  reset(reason: string): void {
    if (this.server) this.lose(this.server, reason);
  }

  close(): void {
    this.closed = true;
    this.drop();
    for (const server of this.replaced) server.destroy();
    this.wake();
  }

  private judge(server: Server, error: unknown): unknown {
    if (error instanceof RedisOutage || !(error instanceof Error) || error instanceof TypeError) return error;
    const { message } = error;
    if (error instanceof ErrorReply && !OUTAGE.test(message)) return error;
    if (message.startsWith('READONLY')) this.lose(server, message);
    return new RedisOutage(message);
  }

  private lose(server: Server, reason: string): void {
    if (this.server !== server || !this.isSound) return;
    this.isSound = false;
    if (server.addresses.length === 0) this.drop();
    if (this.closed) return;
    if (this.upSince && this.clock.since(this.upSince) >= HELD_MS) this.pauseMs = 0;
    this.lostAt ??= this.clock.moment();
    this.logger.warn({ event: 'redis_lost', link: this.name, reason });
    this.reconnect();
  }

  private drop(): void {
    this.server?.destroy();
    this.server = undefined;
  }

  private reconnect(): void {
    this.connecting ??= this.tryUntilUp().finally(() => {
      this.connecting = undefined;
      if (!this.isSound && !this.closed) this.reconnect();
    });
  }

  private async tryUntilUp(): Promise<void> {
    while (!this.closed) {
      await this.pause();
      try {
        if (!this.closed) await this.connectOnce();
        return;
      } catch (error) {
        // Nobody of all the servers answers.
        this.drop();
        this.failure = error instanceof RedisOutage ? error.reason : String(error);
        this.logger.debug({ event: 'redis_not_reached', link: this.name, error: this.failure });
      }
    }
  }

  private async connectOnce(): Promise<void> {
    const attempt: { server?: Server; isLost: boolean } = { isLost: false };
    const server = await connect(this.addresses, this.clock, (reason) => {
      attempt.isLost = true;
      if (attempt.server) this.lose(attempt.server, reason);
    });
    if (attempt.isLost || this.closed) {
      server.destroy();
      throw new RedisOutage('lost while connecting');
    }
    attempt.server = server;
    this.replace(server);
    this.upSince = this.clock.moment();
    const lostAt = this.lostAt;
    this.lostAt = undefined;
    if (lostAt !== undefined) this.logger.log({ event: 'redis_back', link: this.name });
    for (const listener of this.listeners) listener(lostAt);
  }

  private replace(server: Server): void {
    const { server: old } = this;
    this.server = server;
    this.isSound = true;
    this.addresses = [...new Set([...this.named, ...server.addresses])];
    if (!old) return;
    this.replaced.add(old);
    this.clock.after(COMMAND_TIMEOUT_MS, () => {
      this.replaced.delete(old);
      old.destroy();
    });
  }

  private async pause(): Promise<void> {
    const ms = this.pauseMs * (0.5 + Math.random() / 2);
    this.pauseMs = Math.min(Math.max(2 * this.pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    if (ms === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
