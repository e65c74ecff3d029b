export type Reply = string | number | null | Reply[];
export type Hear = (message: string, channel: string) => void;

/** One connection to Redis, or to a Redis Cluster, for as long as it holds. It is never mended: a new one takes its place. */
export interface Server {
  /** Where the servers of a cluster are; empty: it is one server. */
  readonly addresses: readonly string[];
  /** @param key decides in a cluster who is asked */
  send(key: string, args: readonly string[]): Promise<Reply>;
  publish(channel: string, message: string): Promise<unknown>;
  /** @param channels of one hash tag */
  subscribe(channels: string[], hear: Hear): Promise<void>;
  unsubscribe(channels: string[]): Promise<void>;
  /** Ends it; everything under way fails. Calling it twice is harmless. */
  destroy(): void;
}

/** A connection that is to be made. */
export interface Opening {
  readonly server: Server;
  readonly open: () => Promise<unknown>;
  /** Calls back when the connection breaks by itself; perhaps more than once. */
  readonly onLost: (listener: (reason: string) => void) => void;
}
