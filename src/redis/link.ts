import { Logger } from '@nestjs/common';
import { ErrorReply } from 'redis';
import type { Cancel, Clock } from '../common/clock.js';
import { RedisOutage } from './outage.js';
import { connect, type Server } from './server.js';

/** How long Redis may take to answer, in milliseconds. Answers come in order, so one that is late makes all that follow late. */
const COMMAND_TIMEOUT_MS = 1500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** What Redis says when it is there and still of no use: it starts, has become a replica, is full, or a script runs away. */
const OUTAGE =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF|BUSY|NOREPLICAS|UNKILLABLE|NOAUTH|WRONGPASS)\b/;

/**
 * The way to Redis. While it is down every call fails at once and nothing waits; a connection that does not answer in
 * time is given up with everything on it. A new one is tried at once and then at least every second.
 */
export class Link {
  private readonly logger = new Logger('Redis');
  private readonly listeners: ((lostAt?: number) => void)[] = [];
  private lostAt: number | undefined;
  private server: Server | undefined;
  private connecting: Promise<void> | undefined;
  private wake: () => void = () => undefined;
  private closed = false;
  /** Why the newest attempt to connect failed. */
  private failure = 'no connection in time';

  constructor(
    private readonly name: string,
    private readonly url: string,
    private readonly clock: Clock,
  ) {}

  get isUp(): boolean {
    return this.server !== undefined;
  }

  /** Calls back whenever a connection stands, with when the one before was lost; whatever was subscribed there is forgotten. */
  onUp(listener: (lostAt?: number) => void): void {
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
    let isLate = false;
    const cancel = this.clock.after(COMMAND_TIMEOUT_MS, () => {
      isLate = true;
      this.lose(server, 'no answer in time');
    });
    try {
      return await work(server);
    } catch (error) {
      throw this.judge(server, error, isLate);
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
    this.server?.destroy();
    this.server = undefined;
    this.wake();
  }

  private judge(server: Server, error: unknown, isLate: boolean): unknown {
    if (isLate) return new RedisOutage('no answer in time');
    if (!(error instanceof Error) || error instanceof TypeError) return error;
    const { message } = error;
    if (error instanceof ErrorReply && !OUTAGE.test(message)) return error;
    if (message.startsWith('READONLY')) this.lose(server, message);
    return new RedisOutage(message);
  }

  private lose(server: Server, reason: string): void {
    if (this.server !== server) return;
    this.server = undefined;
    server.destroy();
    if (this.closed) return;
    this.lostAt ??= this.clock.now();
    this.logger.warn({ event: 'redis_lost', link: this.name, reason });
    this.reconnect();
  }

  private reconnect(): void {
    this.connecting ??= this.tryUntilUp().finally(() => {
      this.connecting = undefined;
      if (!this.isUp && !this.closed) this.reconnect();
    });
  }

  private async tryUntilUp(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.closed; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await this.connectOnce();
        return;
      } catch (error) {
        this.failure = error instanceof RedisOutage ? error.reason : String(error);
        this.logger.debug({ event: 'redis_not_reached', link: this.name, error: this.failure });
        await this.pause(pauseMs * (0.5 + Math.random() / 2));
      }
    }
  }

  private async connectOnce(): Promise<void> {
    const attempt: { server?: Server; isLost: boolean } = { isLost: false };
    const server = await connect(this.url, this.clock, (reason) => {
      attempt.isLost = true;
      if (attempt.server) this.lose(attempt.server, reason);
    });
    if (attempt.isLost || this.closed) {
      server.destroy();
      throw new RedisOutage('lost while connecting');
    }
    attempt.server = server;
    this.server = server;
    const lostAt = this.lostAt;
    this.lostAt = undefined;
    if (lostAt !== undefined) this.logger.log({ event: 'redis_back', link: this.name });
    for (const listener of this.listeners) listener(lostAt);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
