import type { Soon } from '../common/soon.js';
import type { Claim, Outcome, PresenceState, Remembered } from './presence-state.js';

/**
 * How long the state of a user who is gone stays, in milliseconds: a node that was cut off from the others learns who
 * left meanwhile, if it was for less than this.
 */
export const GONE_KEPT_MS = 3_600_000;

export interface Deadlines {
  readonly outcomes: Outcome[];
  /** In how many ms the next one passes, 0 if it has already; null: there is none. */
  readonly nextInMs: number | null;
}

/** Whose claims hold: a node's do while its lease does. */
abstract class NodeLeases {
  /** Says that the node lives. @returns whether its lease had run out, so that its claims may be swept: it must make them again */
  abstract renew(nodeId: string): Promise<boolean>;
  /** Ends claims of nodes whose lease has run out. What there is no time for is left for the next sweep. */
  abstract sweep(): Promise<Outcome[]>;
  /** Ends the lease and all claims of a node that shuts down. */
  abstract leave(nodeId: string): Promise<Outcome[]>;
}

/**
 * The presence of every user, the same for all nodes. The store's own clock decides about time.
 *
 * - Claims about one user are applied one after the other, wherever they are made, as `presence-state.ts` says.
 * - A change is in the outcomes of exactly one call on one node: the caller announces it. A change that may have been
 *   made without anybody knowing is in none; `onDoubt` tells of it.
 * - A node's claims hold while its lease does. Nodes renew it several times per NODE_LEASE. The claims of a node that
 *   stopped count as ended at its last renewal, and are ended by whoever sweeps next.
 * - The grace of a user whom a stopping node told when to come back begins then, also when that node is long gone.
 * - A user without sockets whose grace is over is kept for GONE_KEPT_MS, then forgotten.
 * - When the backend is down every call rejects, and nobody becomes offline because of it.
 */
export abstract class PresenceStore extends NodeLeases {
  private readonly doubters: ((userId: string, before: PresenceState) => void)[] = [];

  /** Calls back when the backend was given a change and has not said what became of it. `before`: the state without it. */
  onDoubt(listener: (userId: string, before: PresenceState) => void): void {
    this.doubters.push(listener);
  }

  /** @returns undefined, having done nothing, when the store knows nothing of the user and was given nothing to continue from. */
  abstract claim(userId: string, claim: Claim, from?: Remembered): Soon<Outcome | undefined>;
  /** What is known of these users; who is not in the answer is not known. */
  abstract read(userIds: readonly string[]): Soon<Map<string, PresenceState>>;
  /** Carries out deadlines that have passed, at most `limit` of them, the earliest first. */
  abstract due(limit: number): Promise<Deadlines>;
  /** What time it is, ms since the epoch. */
  abstract now(): Promise<number>;

  protected doubt(userId: string, before: PresenceState): void {
    for (const doubter of this.doubters) doubter(userId, before);
  }
}
