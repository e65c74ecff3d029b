import type { Soon } from '../common/soon.js';

/** Handed each publication of a topic it follows: the text as it was published. */
export type Receive = (payload: string) => void;

/**
 * Carries publications to the other nodes.
 *
 * - A publication reaches every other node that follows one of its topics, and never the node that made it:
 *   local delivery is the publisher's own business and waits for nobody.
 * - It is handed to a receiver once, however many of its topics that receiver follows.
 * - Publications of one node arrive in the order in which they were made; between nodes no order is promised.
 * - Delivery is at most once. While the backend is down publications are lost, nothing is queued without bound,
 *   and `publish` neither throws nor waits; `follow` resolves at once and takes effect when the backend is back.
 */
export abstract class Broker {
  abstract publish(topics: readonly string[], payload: string): void;
  /** Resolves once publications of other nodes will arrive. The same receiver may follow many topics. */
  abstract follow(topic: string, receive: Receive): Soon<void>;
  abstract unfollow(topic: string, receive: Receive): Soon<void>;
  /** Whether publications of other nodes do not arrive at present, as far as this node can tell. */
  abstract get isDeaf(): boolean;
  /** Calls back when publications may have been lost on their way here, for about so many ms, and everything followed is followed again. */
  abstract onGap(listener: (forMs: number) => void): void;
}
