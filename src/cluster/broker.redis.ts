import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Cancel, Clock, earlier, type Moment } from '../common/clock.js';
import { Metrics } from '../common/metrics.js';
import { Redis } from '../redis/redis.js';
import { Broker, type Receive } from './broker.js';
import { BusGaps } from './bus-gaps.js';
import { BusInbox } from './bus-inbox.js';
import { decode } from './bus-message.js';
import { BusOutbox, GAPS } from './bus-outbox.js';
import { BusProbe } from './bus-probe.js';
import { BusSubscriptions } from './bus-subscriptions.js';
import { NodeIdentity } from './node-identity.js';

/** A node that has not heard itself for so long hears nobody, in milliseconds: two calls in a row. */
const DEAF_MS = 7000;
/** How often a node tries to say that publications of its own were lost, in milliseconds. */
const TELL_LOST_MS = 3000;

@Injectable()
export class RedisBroker extends Broker implements OnApplicationShutdown {
  private readonly logger = new Logger('Broker');
  private readonly gaps: BusGaps;
  private readonly inbox = new BusInbox();
  private readonly outbox: BusOutbox;
  private readonly subscriptions: BusSubscriptions;
  private readonly probe: BusProbe;
  /** A topic that only this node follows, for calls to itself. */
  private readonly ownTopic: string;
  /** Since when publications may have passed this node by that it has not told of. */
  private deafSince: Moment | undefined;
  private stopTelling: Cancel = () => undefined;

  constructor(
    private readonly redis: Redis,
    private readonly node: NodeIdentity,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    super();
    this.ownTopic = `node:${node.id}`;
    this.gaps = new BusGaps(clock);
    this.outbox = new BusOutbox(redis, node.id, clock, metrics);
    this.subscriptions = new BusSubscriptions(redis, clock, this.hear);
    this.probe = new BusProbe(redis, redis.keys.channel(this.ownTopic), clock);
    this.probe.start();
    redis.subscriptions.onUp((lostAt) => void this.hearAgain(lostAt));
    redis.commands.onUp(() => void this.outbox.tellLost());
    this.stopTelling = clock.every(TELL_LOST_MS, () => void this.outbox.tellLost());
    void this.subscriptions.add(this.ownTopic, () => undefined);
    void this.subscriptions.add(GAPS, (forMs) => this.hearGap(Number(forMs)));
  }

  get isDeaf(): boolean {
    return this.clock.since(this.probe.heardAt) >= DEAF_MS;
  }

  publish(topics: readonly string[], payload: string): void {
    this.outbox.push(topics, payload);
  }

  follow(topic: string, receive: Receive): Promise<void> {
    return this.subscriptions.add(topic, receive);
  }

  unfollow(topic: string, receive: Receive): Promise<void> {
    return this.subscriptions.remove(topic, receive);
  }

  onGap(listener: (forMs: number) => void): void {
    this.gaps.onGap(listener);
  }

  onApplicationShutdown(): void {
    this.probe.stop();
    this.stopTelling();
  }

  /** What was lost had perhaps been of no use for a while: nobody knows later than when this node last heard itself. */
  private async hearAgain(lostAt: Moment | undefined): Promise<void> {
    this.deafSince = earlier(this.deafSince, earlier(lostAt, this.probe.heardAt));
    try {
      if (!(await this.subscriptions.startOver())) return;
      const since = this.deafSince;
      this.deafSince = undefined;
      if (since) this.gaps.tell(since);
    } catch (error) {
      this.logger.error({ event: 'not_subscribed', error: String(error) });
    }
  }

  private hearGap(forMs: number): void {
    if (forMs >= 0) this.gaps.tell(this.clock.moment(forMs));
  }

  private readonly hear = (text: string, channel: string): void => {
    const topic = this.redis.keys.topic(channel);
    if (topic === this.ownTopic) return this.probe.heard();
    const message = decode(text);
    if (!message) return this.metrics.busDropped('garbage');
    if (message.node === this.node.id) return;
    if (!this.inbox.hand(message, this.subscriptions.receivers(topic)))
      this.metrics.busDropped('late', message.payloads.length);
  };
}
