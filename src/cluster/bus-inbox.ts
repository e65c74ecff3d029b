import type { Receive } from './broker.js';
import type { BusMessage } from './bus-message.js';

/** Publishers whose newest message is remembered; more have not been alive at the same time. */
const MAX_PUBLISHERS = 1000;

interface Newest {
  number: number;
  readonly handedTo: Set<Receive>;
}

/** Hands messages over: to each receiver once, whatever the number of topics, and none after a newer one of its publisher. */
export class BusInbox {
  private readonly newest = new Map<string, Newest>();

  /** @returns false for a message that came too late. */
  hand({ node, number, payloads }: BusMessage, receivers: Iterable<Receive>): boolean {
    const newest = this.newestOf(node);
    if (number < newest.number) return false;
    if (number > newest.number) {
      newest.number = number;
      newest.handedTo.clear();
    }
    for (const receive of receivers) {
      if (newest.handedTo.has(receive)) continue;
      newest.handedTo.add(receive);
      for (const payload of payloads) receive(payload);
    }
    return true;
  }

  private newestOf(node: string): Newest {
    const known = this.newest.get(node);
    if (known) return known;
    const [oldest] = this.newest.keys();
    if (this.newest.size >= MAX_PUBLISHERS && oldest !== undefined) this.newest.delete(oldest);
    const fresh = { number: 0, handedTo: new Set<Receive>() };
    this.newest.set(node, fresh);
    return fresh;
  }
}
