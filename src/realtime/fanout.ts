import { Injectable, Logger } from '@nestjs/common';
import type { z } from 'zod';
import { Broker } from '../cluster/broker.js';
import { Clock } from '../common/clock.js';
import { Metrics } from '../common/metrics.js';
import type { ServerMessage } from '../protocol/index.js';
import { envelope, textFrame } from './frame.js';
import { Hub, type Recipients } from './hub.js';

export type { Recipients } from './hub.js';

/** To whom an event goes and what it takes the place of. Nodes hand each other this, a line feed and the event as it goes to the client. */
interface Address extends Recipients {
  readonly key?: string;
}

/** Sends events to whoever is subscribed: encoded once, here at once, to the other nodes through the broker. */
@Injectable()
export class Fanout {
  /** Asked of each event of another node that takes the place of older ones, by its key: false keeps it from the sockets here. */
  admits: (key: string) => boolean = () => true;
  private readonly logger = new Logger(Fanout.name);

  constructor(
    private readonly hub: Hub,
    private readonly broker: Broker,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    hub.onInterest = (topic, interested) => this.follow(topic, interested);
  }

  publish<Data extends z.ZodType>(
    event: ServerMessage<string, Data>,
    data: z.input<Data>,
    recipients: Recipients,
  ): void {
    const { text, address } = this.publishHere(event, data, recipients);
    this.broker.publish(recipients.to, `${JSON.stringify(address)}\n${text}`);
  }

  /** Sends an event to the recipients on this node alone. */
  publishHere<Data extends z.ZodType>(
    event: ServerMessage<string, Data>,
    data: z.input<Data>,
    recipients: Recipients,
  ): { text: string; address: Address } {
    const text = envelope(event.type, data, this.clock.now());
    const address: Address = { ...recipients, ...conflation(event, data) };
    this.deliver(text, address);
    return { text, address };
  }

  private readonly receive = (payload: string): void => {
    const end = payload.indexOf('\n');
    try {
      const address = JSON.parse(payload.slice(0, end)) as Address;
      if (address.key === undefined || this.admits(address.key)) this.deliver(payload.slice(end + 1), address);
    } catch (error) {
      this.logger.warn({ event: 'bad_publication', error: String(error) });
    }
  };

  private deliver(text: string, address: Address): void {
    this.metrics.delivered(this.hub.deliver(textFrame(text, address.key), address));
  }

  private follow(topic: string, interested: boolean): void {
    const { broker, receive } = this;
    const done = interested ? broker.follow(topic, receive) : broker.unfollow(topic, receive);
    if (!(done instanceof Promise)) return;
    done.catch((error: unknown) => {
      this.logger.error({ event: 'broker_follow_failed', topic, interested, error: String(error) });
    });
  }
}

/** Events that only the newest of matters say by which fields they replace each other: the type, then the fields' values. */
function conflation(event: ServerMessage, data: unknown): { key?: string } {
  if (!event.newestPer) return {};
  const fields = data as Record<string, unknown>;
  return { key: [event.type, ...event.newestPer.map((field) => fields[field])].join(' ') };
}
