import { Injectable } from '@nestjs/common';
import { Groups } from '../common/groups.js';
import type { Connection } from './connection.js';
import type { Frame } from './frame.js';
import { userTopic } from './topics.js';

/** Who gets an event. */
export interface Recipients {
  /** Connections subscribed to any of these topics; each gets the event once. */
  readonly to: readonly string[];
  /** If given: only those that are also subscribed to one of these. */
  readonly among?: readonly string[];
  /** If given: none of this user's connections. */
  readonly exceptUser?: string;
}

/** Topics of this node: who is subscribed to what. */
@Injectable()
export class Hub {
  /** Told when the first connection of this node subscribes to a topic, and when the last one leaves it. */
  onInterest: (topic: string, interested: boolean) => void = () => undefined;
  private readonly topics = new Groups<string, Connection>();

  /** @returns false when it was subscribed already. */
  subscribe(connection: Connection, topic: string): boolean {
    if (!connection.subscribe(this.topics.shared(topic))) return false;
    if (this.topics.add(topic, connection)) this.onInterest(topic, true);
    return true;
  }

  /** @returns false when it was not subscribed. */
  unsubscribe(connection: Connection, topic: string): boolean {
    if (!connection.unsubscribe(topic)) return false;
    if (this.topics.delete(topic, connection)) this.onInterest(topic, false);
    return true;
  }

  /** The connections of this node that are subscribed to a topic. */
  subscribers(topic: string): Iterable<Connection> {
    return this.topics.of(topic);
  }

  /** Sends a frame to the recipients on this node. @returns how many got it. */
  deliver(frame: Frame, { to, among, exceptUser }: Recipients): number {
    const seen = to.length > 1 ? new Set<Connection>() : undefined;
    // Rather than the user of each: that would be two more places in memory to look at for every recipient.
    const except = exceptUser === undefined ? [] : [...this.topics.of(userTopic(exceptUser))];
    let count = 0;
    for (const topic of to) {
      const vouched = !among || among.includes(topic);
      for (const connection of this.topics.of(topic)) {
        if (except.includes(connection) || seen?.has(connection)) continue;
        if (!vouched && !among?.some((other) => connection.isSubscribed(other))) continue;
        seen?.add(connection);
        connection.send(frame);
        count += 1;
      }
    }
    return count;
  }
}
