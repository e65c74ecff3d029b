import type { Soon } from '../common/soon.js';

/** A live socket, as all nodes know it. */
export interface LiveConnection {
  readonly id: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly nodeId: string;
  readonly address: string;
  readonly userAgent: string;
  /** ms since the epoch */
  readonly connectedAt: number;
}

export interface Admission {
  readonly admitted: boolean;
  /** The oldest connections of the user, no longer counted, that had to make room and are to be closed. */
  readonly replaced: readonly LiveConnection[];
}

/**
 * The live sockets of all nodes. Admission is atomic: the cap per user holds exactly, however many handshakes
 * run at once on however many nodes. What a node that died has left behind is gone after its lease.
 *
 * When the backend is down each node admits and counts by what it has itself, never without a limit, and sets the
 * backend right when it is back; `list` and `find`, which are about all nodes, reject.
 */
export abstract class ConnectionRegistry {
  /** Counts a connection in unless the user has `limit` of them; `replace` makes room at the expense of the oldest instead. */
  abstract admit(connection: LiveConnection, limit: number, replace: boolean): Soon<Admission>;
  /** Calls back with a connection of this node that had to make room and is still here: whoever replaced it may not have reached it. */
  abstract onReplaced(listener: (connectionId: string) => void): void;
  /** Counts a connection out. One that is not there is no error. */
  abstract release(connection: Pick<LiveConnection, 'id' | 'userId'>): Soon<void>;
  abstract countOf(userId: string): Promise<number>;
  /** At most `limit` connections in the order of their ids, beginning after the id `after`. */
  abstract list(after: string | null, limit: number): Promise<LiveConnection[]>;
  abstract find(id: string): Promise<LiveConnection | undefined>;
}
