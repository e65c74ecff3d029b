import { Injectable, Logger } from '@nestjs/common';
import { Signals } from '../cluster/signals.js';
import { Metrics, type SendQueues } from '../common/metrics.js';
import { goOn, type Soon } from '../common/soon.js';
import type { CloseCause } from '../protocol/index.js';
import type { Connection, EndCause } from './connection.js';
import { Doomed } from './doomed.js';
import { Hub } from './hub.js';
import { userTopic } from './topics.js';

declare module '../cluster/signals.js' {
  interface SignalMap {
    subscription: { userIds: readonly string[]; topic: string; subscribed: boolean };
    close_connection: { connectionId: string; cause: CloseCause; reason?: string };
  }
}

/** A feature that has something to do when a connection comes or goes. */
export interface ConnectionObserver {
  /**
   * Before the first frame. What it returns is added to `connected`; no frame of the client is handled, and no event
   * is sent, before every observer is done. A rejection closes the connection with 1011.
   */
  opening?(connection: Connection): Soon<object | void>;
  /** Right after `connected` was sent, still before the client's first frame is handled. */
  opened?(connection: Connection): Soon<void>;
  /** Events of other nodes may have been missed, for about so many ms. */
  missed?(connection: Connection, forMs: number): Promise<void>;
  /** Which of these connections are not as the database has it. Asked now and then of all, hence to be answered cheaply. */
  drifted?(connections: readonly Connection[]): Promise<readonly Connection[]>;
  /** Users lose a topic, on whichever nodes they are. Called before their connections here do. */
  dismissed?(userIds: readonly string[], topic: string): void;
  /** The connection loses a topic, by leaving it or by closing. */
  left?(connection: Connection, topic: string): void;
  /** The connection is gone. Called exactly once for every connection. */
  closed?(connection: Connection): void;
}

/** An observer who wants to hear of something. */
type Told<Event extends keyof ConnectionObserver> = Required<Pick<ConnectionObserver, Event>>;

/** The open connections of this node, by id, by user and by address, and who wants to know of them. */
@Injectable()
export class Connections {
  private readonly logger = new Logger(Connections.name);
  private readonly observers: ConnectionObserver[] = [];
  /** Those of them who want to hear of these, which happen to every connection. */
  private readonly preparers: Told<'opening'>[] = [];
  private readonly announcers: Told<'opened'>[] = [];
  private readonly leavers: Told<'left'>[] = [];
  private readonly closers: Told<'closed'>[] = [];
  /** What `connected` tells everybody, as JSON without its first brace. */
  private common = '}';
  private readonly byId = new Map<string, Connection>();
  private readonly doomed = new Doomed();

  constructor(
    private readonly hub: Hub,
    private readonly signals: Signals,
    private readonly metrics: Metrics,
  ) {
    metrics.readQueuesBy(() => this.queues());
    signals.on('subscription', ({ userIds, topic, subscribed }) => this.setSubscribed(userIds, topic, subscribed));
    signals.on('close_connection', ({ connectionId, cause, reason }) => {
      const connection = this.byId.get(connectionId);
      if (connection) connection.close(cause, reason);
      else this.doomed.add(connectionId, cause);
    });
  }

  get count(): number {
    return this.byId.size;
  }

  observe(observer: ConnectionObserver): void {
    this.observers.push(observer);
    if (wants(observer, 'opening')) this.preparers.push(observer);
    if (wants(observer, 'opened')) this.announcers.push(observer);
    if (wants(observer, 'left')) this.leavers.push(observer);
    if (wants(observer, 'closed')) this.closers.push(observer);
  }

  all(): IterableIterator<Connection> {
    return this.byId.values();
  }

  /** This node's connections of a user. */
  ofUser(userId: string): Iterable<Connection> {
    return this.hub.subscribers(userTopic(userId));
  }

  /** Takes a connection in. From here on it can be found, closed and subscribed. */
  add(connection: Connection): void {
    this.byId.set(connection.id, connection);
    this.metrics.connectionOpened();
    connection.onClosed = this.remove;
    this.hub.subscribe(connection, userTopic(connection.userId));
    const cause = this.doomed.take(connection.id);
    if (cause) connection.close(cause);
  }

  /** Says, once, what every `connected` has in common. It is written as a text here and now. */
  tellAll(fields: object): void {
    this.common = `,${JSON.stringify(fields).slice(1)}`;
  }

  /** Lets every observer prepare the connection. @returns what `connected` says, as JSON */
  prepare(connection: Connection): Soon<string> {
    return goOn(this.fieldsFor(connection), (fields) => `${JSON.stringify(fields).slice(0, -1)}${this.common}`);
  }

  /** What the observers add to `connected`. */
  private fieldsFor(connection: Connection): Soon<object> {
    const fields = {};
    const pending: Promise<unknown>[] = [];
    for (const observer of this.preparers) {
      const answer = attempted(() => observer.opening(connection));
      if (answer instanceof Promise) pending.push(answer.then((late) => Object.assign(fields, late)));
      else if (answer) Object.assign(fields, answer);
    }
    return pending.length > 0 ? Promise.all(pending).then(() => fields) : fields;
  }

  /** Lets every observer make good what the connection may have missed. @throws what one of them met, once all have tried */
  async catchUp(connection: Connection, forMs: number): Promise<void> {
    const failures: unknown[] = [];
    for (const observer of this.observers) {
      await observer.missed?.(connection, forMs).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Those that some observer knows not to be as the database has it. */
  async drifted(connections: readonly Connection[]): Promise<Set<Connection>> {
    const found = new Set<Connection>();
    for (const observer of this.observers)
      for (const connection of (await observer.drifted?.(connections)) ?? []) found.add(connection);
    return found;
  }

  /** Tells the observers, from the `first` on, one after the other. */
  announce(connection: Connection, first = 0): Soon<void> {
    for (let index = first; index < this.announcers.length; index += 1) {
      const pending = this.announcers[index]?.opened(connection);
      if (pending) return pending.then(() => this.announce(connection, index + 1));
    }
  }

  subscribe(connection: Connection, topic: string): void {
    if (connection.isOpen) this.hub.subscribe(connection, topic);
  }

  unsubscribe(connection: Connection, topic: string): void {
    if (this.hub.unsubscribe(connection, topic)) this.tellLeft(connection, topic);
  }

  /** Subscribes every connection of the users, on every node; here before it returns. */
  subscribeUsers(userIds: readonly string[], topic: string): void {
    this.signals.emit('subscription', { userIds, topic, subscribed: true });
  }

  unsubscribeUsers(userIds: readonly string[], topic: string): void {
    this.signals.emit('subscription', { userIds, topic, subscribed: false });
  }

  /** Closes a connection wherever it is. */
  closeAnywhere(connectionId: string, cause: CloseCause, reason?: string): void {
    this.signals.emit('close_connection', { connectionId, cause, ...(reason && { reason }) });
  }

  private queues(): SendQueues {
    const waiting = [...this.byId.values()].map(({ queuedBytes }) => queuedBytes).filter((bytes) => bytes > 0);
    return { bytes: waiting.reduce((sum, bytes) => sum + bytes, 0), connections: waiting.length };
  }

  private setSubscribed(userIds: readonly string[], topic: string, subscribed: boolean): void {
    const connections = userIds.flatMap((userId) => [...this.ofUser(userId)]);
    if (subscribed) for (const connection of connections) this.subscribe(connection, topic);
    else {
      this.tell(this.observers, (observer) => observer.dismissed?.(userIds, topic));
      this.unsubscribeAll(connections, topic);
    }
  }

  /** Those who leave together still hear what the leaving of each brings about. */
  private unsubscribeAll(connections: readonly Connection[], topic: string): void {
    const leaving = connections.filter((connection) => connection.isSubscribed(topic));
    for (const connection of leaving) this.tellLeft(connection, topic);
    for (const connection of leaving) this.hub.unsubscribe(connection, topic);
  }

  private readonly remove = (connection: Connection, cause: EndCause): void => {
    this.byId.delete(connection.id);
    this.metrics.connectionClosed(cause);
    // The user's own topic, which was the first, is the last.
    for (const topic of [...connection.topics].reverse()) this.unsubscribe(connection, topic);
    this.tell(this.closers, (observer) => observer.closed(connection));
  };

  private tellLeft(connection: Connection, topic: string): void {
    this.tell(this.leavers, (observer) => observer.left(connection, topic));
  }

  /** One observer's failure is not another's. */
  private tell<Observer>(observers: readonly Observer[], message: (observer: Observer) => void): void {
    for (const observer of observers) {
      try {
        message(observer);
      } catch (error) {
        this.logger.error({ event: 'observer_failed', error: error instanceof Error ? error.stack : String(error) });
      }
    }
  }
}

function wants<Event extends keyof ConnectionObserver>(
  observer: ConnectionObserver,
  event: Event,
): observer is ConnectionObserver & Told<Event> {
  return observer[event] !== undefined;
}

/** A failure in this turn is like one later: nobody else's answer is left alone with it. */
function attempted<Result>(work: () => Soon<Result>): Soon<Result> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
