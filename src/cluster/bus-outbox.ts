import { Logger } from '@nestjs/common';
import { type Clock, earlier, type Moment } from '../common/clock.js';
import type { Metrics } from '../common/metrics.js';
import { RedisOutage } from '../redis/outage.js';
import type { Redis } from '../redis/redis.js';
import { encode } from './bus-message.js';

interface Batch {
  readonly topics: readonly string[];
  readonly payloads: string[];
  /** From when on something is missing if it does not arrive. */
  readonly since: Moment;
}

/** The topic on which a node says for how many ms its publications were lost. */
export const GAPS = 'gaps';
/** So long that word may be under way itself: what takes longer is given up and said again. In milliseconds. */
const UNDER_WAY_MS = 1500;
/** Characters that may be on their way to Redis at once. What would be more is dropped: late events are worth little, memory is. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;

/** Publications that leave this node: those of one turn of the event loop go out together, in their order. */
export class BusOutbox {
  private readonly logger = new Logger('Broker');
  private batches: Batch[] = [];
  private inFlight = 0;
  private number = 0;
  /** Since when publications of this node have been lost of which the others do not know. */
  private lostSince: Moment | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly nodeId: string,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  push(topics: readonly string[], payload: string): void {
    if (topics.length === 0) return;
    if (!this.redis.commands.isUp) return this.drop('down');
    if (this.inFlight > MAX_IN_FLIGHT) return this.drop('full');
    this.inFlight += payload.length;
    const last = this.batches.at(-1);
    if (last && sameTopics(last.topics, topics)) {
      last.payloads.push(payload);
      return;
    }
    const batch = { topics, payloads: [payload], since: this.clock.moment() };
    if (this.batches.push(batch) === 1) setImmediate(() => void this.flush());
  }

  /** Tells the others that something of ours never reached them: they cannot know. Once that has gone out it is forgotten. */
  async tellLost(): Promise<void> {
    const since = this.lostSince;
    if (!since || !this.redis.commands.isUp) return;
    this.lostSince = undefined;
    const forMs = String(Math.ceil(this.clock.since(since) + UNDER_WAY_MS));
    await this.send([{ topics: [GAPS], payloads: [forMs], since }]);
  }

  private drop(cause: 'down' | 'full', since = this.clock.moment(), publications = 1): void {
    this.lostSince = earlier(this.lostSince, since);
    this.metrics.busDropped(cause, publications);
  }

  private async flush(): Promise<void> {
    const { batches } = this;
    this.batches = [];
    await this.send(batches);
    for (const { payloads } of batches) for (const { length } of payloads) this.inFlight -= length;
  }

  private async send(batches: readonly Batch[]): Promise<void> {
    try {
      await this.redis.commands.run((server) =>
        Promise.all(
          batches.flatMap(({ topics, payloads }) => {
            const text = encode({ node: this.nodeId, number: (this.number += 1), payloads });
            return topics.map((topic) => server.publish(this.redis.keys.channel(topic), text));
          }),
        ),
      );
    } catch (error) {
      if (!(error instanceof RedisOutage)) this.logger.error({ event: 'not_published', error: String(error) });
      for (const { payloads, since } of batches) this.drop('down', since, payloads.length);
    }
  }
}

function sameTopics(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((topic, index) => topic === b[index]));
}
