import { Logger } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import type { Metrics } from '../common/metrics.js';
import { RedisOutage } from '../redis/outage.js';
import type { Redis } from '../redis/redis.js';
import { encode } from './bus-message.js';

interface Batch {
  readonly topics: readonly string[];
  readonly payloads: string[];
}

/** Characters that may be on their way to Redis at once. What would be more is dropped: late events are worth little, memory is. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024;

/** Publications that leave this node: those of one turn of the event loop go out together, in their order. */
export class BusOutbox {
  private readonly logger = new Logger('Broker');
  private batches: Batch[] = [];
  private inFlight = 0;
  private number = 0;
  private lostSince: number | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly nodeId: string,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** Since when publications of this node have been lost, told once; undefined: none were. */
  takeLostSince(): number | undefined {
    const since = this.lostSince;
    this.lostSince = undefined;
    return since;
  }

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
    if (this.batches.push({ topics, payloads: [payload] }) === 1) setImmediate(() => void this.flush());
  }

  private drop(cause: 'down' | 'full', publications = 1): void {
    this.lostSince ??= this.clock.now();
    this.metrics.busDropped(cause, publications);
  }

  private async flush(): Promise<void> {
    const { batches } = this;
    this.batches = [];
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
      this.drop(
        'down',
        batches.reduce((count, { payloads }) => count + payloads.length, 0),
      );
    } finally {
      for (const { payloads } of batches) for (const { length } of payloads) this.inFlight -= length;
    }
  }
}

function sameTopics(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((topic, index) => topic === b[index]));
}
