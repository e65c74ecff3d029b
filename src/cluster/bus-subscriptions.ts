import type { Clock } from '../common/clock.js';
import { RedisOutage } from '../redis/outage.js';
import type { Redis } from '../redis/redis.js';
import type { Hear } from '../redis/server.js';
import type { Receive } from './broker.js';

/** Channels per command. */
const CHUNK = 500;
/** Between a failure and the next attempt, in milliseconds. */
const PAUSE_MS = 250;
const NOBODY: ReadonlySet<Receive> = new Set();

/**
 * Which topics this node listens to: what is wanted and what is subscribed are two sets, and one run at a time brings
 * the second to the first. Whatever comes in between, or goes with a lost connection, is another difference to settle.
 */
export class BusSubscriptions {
  private readonly wanted = new Map<string, Set<Receive>>();
  private readonly subscribed = new Set<string>();
  /** Topics in which the two may differ. */
  private readonly unsettled = new Set<string>();
  private running: Promise<void> | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
    private readonly hear: Hear,
  ) {}

  receivers(topic: string): ReadonlySet<Receive> {
    return this.wanted.get(topic) ?? NOBODY;
  }

  add(topic: string, receive: Receive): Promise<void> {
    const receivers = this.wanted.get(topic);
    if (receivers) receivers.add(receive);
    else this.wanted.set(topic, new Set([receive]));
    return this.settle(topic);
  }

  remove(topic: string, receive: Receive): Promise<void> {
    const receivers = this.wanted.get(topic);
    receivers?.delete(receive);
    if (receivers?.size !== 0) return Promise.resolve();
    this.wanted.delete(topic);
    return this.settle(topic);
  }

  private settle(topic: string): Promise<void> {
    this.unsettled.add(topic);
    return this.run();
  }

  /** @returns the run that covers everything unsettled by now. */
  private run(): Promise<void> {
    this.running ??= this.settleAll();
    return this.running;
  }

  /** Subscribes everything anew, on a new connection. @returns whether that was done before it was lost again */
  async startOver(): Promise<boolean> {
    this.subscribed.clear();
    for (const topic of this.wanted.keys()) this.unsettled.add(topic);
    await this.run();
    return this.unsettled.size === 0;
  }

  private async settleAll(): Promise<void> {
    // Whatever is followed in one turn of the event loop goes into one command.
    await Promise.resolve();
    try {
      while (this.unsettled.size > 0 && this.redis.subscriptions.isUp) await this.settleSome();
    } finally {
      // Not in a promise's own finally: what is unsettled in between would be nobody's.
      this.running = undefined;
    }
  }

  private async settleSome(): Promise<void> {
    const topics = [...this.unsettled].slice(0, CHUNK);
    for (const topic of topics) this.unsettled.delete(topic);
    try {
      await this.subscribe(topics.filter((topic) => this.wanted.has(topic) && !this.subscribed.has(topic)));
      await this.unsubscribe(topics.filter((topic) => !this.wanted.has(topic) && this.subscribed.has(topic)));
    } catch (error) {
      if (!(error instanceof RedisOutage)) throw error;
      for (const topic of topics) this.unsettled.add(topic);
      await new Promise<void>((resolve) => this.clock.after(PAUSE_MS, resolve));
    }
  }

  private async subscribe(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    const channels = topics.map((topic) => this.redis.keys.channel(topic));
    await this.redis.subscriptions.run((server) => server.subscribe(channels, this.hear));
    for (const topic of topics) this.subscribed.add(topic);
  }

  private async unsubscribe(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return;
    for (const topic of topics) this.subscribed.delete(topic);
    const channels = topics.map((topic) => this.redis.keys.channel(topic));
    await this.redis.subscriptions.run((server) => server.unsubscribe(channels));
  }
}
