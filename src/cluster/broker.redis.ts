import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Metrics } from '../common/metrics.js';
import { Redis } from '../redis/redis.js';
import { Broker, type Receive } from './broker.js';
import { BusInbox } from './bus-inbox.js';
import { decode } from './bus-message.js';
import { BusOutbox } from './bus-outbox.js';
import { BusProbe } from './bus-probe.js';
import { BusSubscriptions } from './bus-subscriptions.js';
import { NodeIdentity } from './node-identity.js';

/** The topic on which a node says for how many ms its publications were lost. */
const GAPS = 'gaps';

@Injectable()
export class RedisBroker extends Broker implements OnApplicationShutdown {
  private readonly logger = new Logger('Broker');
  private readonly listeners: ((forMs: number) => void)[] = [];
  private readonly inbox = new BusInbox();
  private readonly outbox: BusOutbox;
  private readonly subscriptions: BusSubscriptions;
  private readonly probe: BusProbe;
  /** A topic that only this node follows, for calls to itself. */
  private readonly ownTopic: string;

  constructor(
    private readonly redis: Redis,
    private readonly node: NodeIdentity,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    super();
    this.ownTopic = `node:${node.id}`;
    this.outbox = new BusOutbox(redis, node.id, clock, metrics);
    this.subscriptions = new BusSubscriptions(redis, clock, this.hear);
    this.probe = new BusProbe(redis, redis.keys.channel(this.ownTopic), clock);
    this.probe.start();
    redis.subscriptions.onUp((lostAt) => void this.hearAgain(this.probe.takeDeafSince() ?? lostAt));
    redis.commands.onUp(() => this.ownUp());
    void this.subscriptions.add(this.ownTopic, () => undefined);
    void this.subscriptions.add(GAPS, (forMs) => this.tellGap(Number(forMs)));
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
    this.listeners.push(listener);
  }

  onApplicationShutdown(): void {
    this.probe.stop();
  }

  private async hearAgain(lostAt: number | undefined): Promise<void> {
    try {
      await this.subscriptions.startOver();
      if (lostAt !== undefined) this.tellGap(this.clock.now() - lostAt);
    } catch (error) {
      this.logger.error({ event: 'not_subscribed', error: String(error) });
    }
  }

  /** The others cannot know that something of ours never reached them. */
  private ownUp(): void {
    const since = this.outbox.takeLostSince();
    if (since !== undefined) this.publish([GAPS], String(this.clock.now() - since));
  }

  private tellGap(forMs: number): void {
    if (!(forMs >= 0)) return;
    for (const listener of this.listeners) listener(forMs);
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
