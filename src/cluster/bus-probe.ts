import { Logger } from '@nestjs/common';
import type { Cancel, Clock, Moment } from '../common/clock.js';
import { RedisOutage } from '../redis/outage.js';
import type { Redis } from '../redis/redis.js';

const INTERVAL_MS = 3000;
/** So many calls in a row may stay unheard before the subscription counts as dead: found within 9 s, or 12 s where the calls had no way out either. */
const PATIENCE = 2;

/** Calls this node through Redis and listens for it: a subscription can be dead without any sign of it. */
export class BusProbe {
  private readonly logger = new Logger('Broker');
  private unheard = 0;
  private lastHeard: Moment;
  private stopTimer: Cancel = () => undefined;

  constructor(
    private readonly redis: Redis,
    private readonly channel: string,
    private readonly clock: Clock,
  ) {
    this.lastHeard = clock.moment();
  }

  /** When this node last heard itself: until then it heard everything. */
  get heardAt(): Moment {
    return this.lastHeard;
  }

  start(): void {
    this.redis.subscriptions.onUp(() => (this.unheard = 0));
    this.stopTimer = this.clock.every(INTERVAL_MS, () => void this.call());
  }

  stop(): void {
    this.stopTimer();
  }

  heard(): void {
    this.unheard = 0;
    this.lastHeard = this.clock.moment();
  }

  private async call(): Promise<void> {
    if (this.unheard >= PATIENCE) {
      this.unheard = 0;
      this.redis.subscriptions.reset('it has not heard itself');
      return;
    }
    this.unheard += 1;
    try {
      await this.redis.commands.run((server) => server.publish(this.channel, 'probe'));
    } catch (error) {
      // What was not sent cannot be heard.
      this.unheard = 0;
      if (!(error instanceof RedisOutage)) this.logger.error({ event: 'probe_failed', error: String(error) });
    }
  }
}
