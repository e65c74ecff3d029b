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

export interface Renewal {
  /** Whether the node's lease had run out, so that its claims may have been swept: it must make them again. */
  readonly lapsed: boolean;
  /** What came of it that other nodes were found dead. */
  readonly outcomes: Outcome[];
}

/**
 * The presence of every user, the same for all nodes. The store's own clock decides about time.
 *
 * - Claims about one user are applied one after the other, wherever they are made, as `presence-state.ts` says.
 * - A change is in the outcomes of exactly one call on one node: the caller announces it.
 * - A node's claims hold while its lease does. Nodes renew it several times per NODE_LEASE. The claims of a node that
 *   stopped count as ended at its last renewal, and are swept by the next renewal of another node.
 * - The grace of a user whom a stopping node told when to come back begins then, also when that node is long gone.
 * - A user without sockets whose grace is over is kept for GONE_KEPT_MS, then forgotten.
 * - When the backend is down every call rejects, and nobody becomes offline because of it.
 */
export abstract class PresenceStore {
  /** @returns undefined, having done nothing, when the store knows nothing of the user and was given nothing to continue from. */
  abstract claim(userId: string, claim: Claim, from?: Remembered): Promise<Outcome | undefined>;
  /** What is known of these users; who is not in the answer is not known. */
  abstract read(userIds: readonly string[]): Promise<Map<string, PresenceState>>;
  /** Carries out deadlines that have passed, at most `limit` of them, the earliest first. */
  abstract due(limit: number): Promise<Deadlines>;
  /** What time it is, ms since the epoch. */
  abstract now(): Promise<number>;
  abstract renew(nodeId: string): Promise<Renewal>;
  /** Ends the lease and all claims of a node that shuts down. */
  abstract leave(nodeId: string): Promise<Outcome[]>;
}
