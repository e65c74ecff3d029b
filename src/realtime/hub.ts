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
    // Rather than the user of each: that would be two more places in memory to look at for every recipient.
    const except = exceptUser === undefined ? [] : [...this.topics.of(userTopic(exceptUser))];
    const [exception] = except;
    let count = 0;
    const send = (connection: Connection) => {
      if (connection === exception || (except.length > 1 && except.includes(connection))) return;
      connection.send(frame);
      count += 1;
    };
    const [topic] = to;
    if (topic !== undefined && to.length === 1) this.each(topic, among, send);
    else for (const connection of this.together(to, among)) if (connection.isOpen) send(connection);
    return count;
  }

  /** Who is subscribed to any of the topics, each once. */
  private together(topics: readonly string[], among: readonly string[] | undefined): Set<Connection> {
    const found = new Set<Connection>();
    for (const topic of topics) this.each(topic, among, (connection) => found.add(connection));
    return found;
  }

  /** Calls back for each subscriber of a topic who, where `among` is given, is subscribed to one of those too. */
  private each(topic: string, among: readonly string[] | undefined, visit: (connection: Connection) => unknown): void {
    if (!among || among.includes(topic)) return this.topics.each(topic, visit);
    const isAmong = this.topics.isInAnyOf(among);
    this.topics.each(topic, (connection) => isAmong(connection) && visit(connection));
  }
}
