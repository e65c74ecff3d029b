/**
 * Every key and channel there is; docs/redis.md says what each holds and how long. What one script touches, or what must
 * keep its order, shares a hash tag (the part in braces), so that a Redis Cluster keeps it on one server.
 */
export class Keys {
  readonly presence: PresenceKeys;
  readonly connections: ConnectionKeys;

  /** @param prefix keeps installations on one server apart */
  constructor(private readonly prefix: string) {
    this.presence = new PresenceKeys(`{${prefix}:presence}`);
    this.connections = new ConnectionKeys(`{${prefix}:connections}`);
  }

  /** A token bucket. */
  rate(key: string): string {
    return `${this.prefix}:rate:${key}`;
  }

  /** What a ticket stands for. @param hash of the ticket, never the ticket */
  ticket(hash: string): string {
    return `${this.prefix}:ticket:${hash}`;
  }

  /** The channel of a topic. */
  channel(topic: string): string {
    return `${this.busTag}:${topic}`;
  }

  /** The topic of a channel. */
  topic(channel: string): string {
    return channel.slice(this.busTag.length + 1);
  }

  private get busTag(): string {
    return `{${this.prefix}:bus}`;
  }
}

class PresenceKeys {
  /** When which user's state changes by time alone. */
  readonly deadlines: string;
  /** When which node renewed its lease. */
  readonly leases: string;
  /** What the keys of nodes begin with. */
  readonly byNode: string;

  constructor(private readonly tag: string) {
    this.deadlines = `${tag}:deadlines`;
    this.leases = `${tag}:leases`;
    this.byNode = `${tag}:of-node:`;
  }

  user(userId: string): string {
    return `${this.tag}:user:${userId}`;
  }

  ofNode(nodeId: string): string {
    return this.byNode + nodeId;
  }
}

class ConnectionKeys {
  /** Every live connection, by id. */
  readonly entries: string;
  /** Their ids, in order. */
  readonly ids: string;
  /** When which node renewed its lease. */
  readonly leases: string;
  /** What the keys of users and nodes begin with. */
  readonly byUser: string;
  readonly byNode: string;

  constructor(tag: string) {
    this.entries = `${tag}:entries`;
    this.ids = `${tag}:ids`;
    this.leases = `${tag}:leases`;
    this.byUser = `${tag}:of-user:`;
    this.byNode = `${tag}:of-node:`;
  }

  ofUser(userId: string): string {
    return this.byUser + userId;
  }

  ofNode(nodeId: string): string {
    return this.byNode + nodeId;
  }
}
