import type { ShownStatus, Status } from '../protocol/index.js';

/*
 * The presence of one user as a value: claims go in, what others see comes out. Pure; all times are ms since the epoch.
 *
 * What others see is computed from what is true and compared with what they saw before. Whatever leaves it as it was
 * (a reconnect inside the grace, anything an invisible user does) cannot be told from nothing having happened.
 */

/** A status the user has picked over plain online. */
export interface Choice {
  readonly status: Exclude<Status, 'online'>;
  /** When it gives way to online by itself; null: it does not. */
  readonly expiresAt: number | null;
}

/** What others see. */
export interface Shown {
  readonly status: ShownStatus;
  /** Grows with every change of what others see, over restarts too; 0: nothing was ever seen. */
  readonly version: number;
  /** When others last saw the user become offline, by leaving or by choice alike; null: never. */
  readonly lastSeenAt: number | null;
}

export interface PresenceState {
  /** The nodes on which the user has sockets. */
  readonly nodes: readonly string[];
  /**
   * When the grace began: no node has any since, and nobody is expected any more. Lies ahead while somebody is.
   * Null when some node has, or when the grace is over.
   */
  readonly emptySince: number | null;
  /** Until when sockets are expected back that a stopping node sent away; null: none are. */
  readonly expectedUntil: number | null;
  readonly choice: Choice | null;
  readonly shown: Shown;
  /** Grows with every change of anything, so that of two states the newer can be told. Never leaves the servers. */
  readonly revision: number;
}

/** What outlives the state: enough to continue from after a restart. */
export interface Remembered {
  readonly choice: Choice | null;
  readonly version: number;
  readonly lastSeenAt: number | null;
  /** Of the state it was made from, so that of two the newer can be told. */
  readonly revision: number;
}

export type Claim =
  /** A socket opened on the node. */
  | { readonly kind: 'connected'; readonly node: string }
  /** The node says again what it said before, because it may have been forgotten. */
  | { readonly kind: 'still_connected'; readonly node: string }
  /** The last socket on the node closed, or the node was last heard of at that time. `backInMs`: told to come back by then. */
  | { readonly kind: 'gone'; readonly node: string; readonly since?: number; readonly backInMs?: number }
  | { readonly kind: 'chosen'; readonly choice: Choice | null }
  /** Nothing but time has passed. */
  | { readonly kind: 'tick' };

/** What a claim has done. */
export interface Outcome {
  readonly userId: string;
  readonly state: PresenceState;
  /** Whether others see a difference. */
  readonly visible: boolean;
  /** Whether the user's own status or its end has changed. */
  readonly own: boolean;
  /** In how many ms time alone will change the state next; null: it will not. */
  readonly dueInMs: number | null;
}

/** Whether it says that the user is here. */
export function isArrival({ kind }: Claim): boolean {
  return kind === 'connected' || kind === 'still_connected';
}

type Truth = Pick<PresenceState, 'nodes' | 'emptySince' | 'expectedUntil' | 'choice'>;

export function restored({ choice, version, lastSeenAt, revision }: Remembered): PresenceState {
  const shown: Shown = { status: 'offline', version, lastSeenAt };
  return { nodes: [], emptySince: null, expectedUntil: null, choice, shown, revision };
}

/** What to continue from if nothing is ever heard of the user again: as if others saw the user leave now. */
export function remembered({ choice, shown, revision }: PresenceState, now: number): Remembered {
  const { version, lastSeenAt } = shown.status === 'offline' ? shown : after(shown, 'offline', now);
  return { choice, version, lastSeenAt, revision };
}

export function ownStatus({ choice }: Pick<PresenceState, 'choice'>): Status {
  return choice?.status ?? 'online';
}

export function isHiding(status: Status): boolean {
  return status === 'invisible' || status === 'offline';
}

/** The choice that still holds. */
export function standing(choice: Choice | null, now: number): Choice | null {
  return choice !== null && choice.expiresAt !== null && choice.expiresAt <= now ? null : choice;
}

/** When time alone will change the state next. */
export function nextDeadline({ nodes, emptySince, choice }: PresenceState, graceMs: number): number | null {
  if (nodes.length === 0 && emptySince === null) return null;
  const graceEnd = emptySince === null ? Infinity : emptySince + graceMs;
  const next = Math.min(graceEnd, choice?.expiresAt ?? Infinity);
  return next === Infinity ? null : next;
}

/** @returns the state after the claim: the very same object when nothing has changed. */
export function apply(state: PresenceState, claim: Claim, now: number, graceMs: number): PresenceState {
  const truth = settled(claimed(state, claim, now), now, graceMs);
  const status = statusShown(truth);
  if (status === state.shown.status && sameTruth(truth, state)) return state;
  const shown = status === state.shown.status ? state.shown : after(state.shown, status, now);
  const { nodes, emptySince, expectedUntil, choice } = truth;
  return { nodes, emptySince, expectedUntil, choice, shown, revision: Math.max(state.revision + 1, now) };
}

function claimed(state: PresenceState, claim: Claim, now: number): Truth {
  const { nodes, emptySince, expectedUntil, choice } = state;
  switch (claim.kind) {
    case 'connected':
      return present(state, claim.node, choice?.status === 'offline' ? null : choice);
    case 'still_connected':
      return present(state, claim.node, choice);
    case 'gone':
      return absent(state, claim, now);
    case 'chosen':
      return { nodes, emptySince, expectedUntil, choice: claim.choice };
    case 'tick':
      return { nodes, emptySince, expectedUntil, choice };
  }
}

function present({ nodes, expectedUntil }: PresenceState, node: string, choice: Choice | null): Truth {
  return { nodes: nodes.includes(node) ? nodes : withNode(nodes, node), emptySince: null, expectedUntil, choice };
}

let alone: readonly string[] = [];

/** Most users are on one node, and most of them on this one: they share the list of it. */
function withNode(nodes: readonly string[], node: string): readonly string[] {
  if (nodes.length > 0) return [...nodes, node];
  if (alone[0] !== node) alone = [node];
  return alone;
}

/** Somebody who was told when to come back is not missed before that. */
function absent(state: PresenceState, { node, since, backInMs }: Extract<Claim, { kind: 'gone' }>, now: number): Truth {
  const nodes = state.nodes.filter((other) => other !== node);
  const expectedUntil = backInMs === undefined ? state.expectedUntil : latest(now + backInMs, state.expectedUntil);
  const emptied = state.nodes.length > 0 && nodes.length === 0;
  const emptySince = emptied ? (since ?? now) : state.emptySince;
  return {
    nodes,
    emptySince: emptySince === null ? null : latest(emptySince, expectedUntil),
    expectedUntil,
    choice: state.choice,
  };
}

function latest(time: number, other: number | null): number {
  return Math.max(time, other ?? time);
}

function settled({ nodes, emptySince, expectedUntil, choice }: Truth, now: number, graceMs: number): Truth {
  const graceOver = emptySince !== null && emptySince + graceMs <= now;
  return {
    nodes,
    emptySince: graceOver ? null : emptySince,
    expectedUntil: expectedUntil !== null && expectedUntil <= now ? null : expectedUntil,
    choice: standing(choice, now),
  };
}

function statusShown({ nodes, emptySince, choice }: Truth): ShownStatus {
  if (nodes.length === 0 && emptySince === null) return 'offline';
  const status = choice?.status ?? 'online';
  return status === 'invisible' ? 'offline' : status;
}

function after({ version, lastSeenAt }: Shown, status: ShownStatus, now: number): Shown {
  return { status, version: Math.max(version + 1, now), lastSeenAt: status === 'offline' ? now : lastSeenAt };
}

export function sameChoice(a: Choice | null, b: Choice | null): boolean {
  return a?.status === b?.status && a?.expiresAt === b?.expiresAt;
}

function sameTruth(a: Truth, b: Truth): boolean {
  const sameTimes = a.emptySince === b.emptySince && a.expectedUntil === b.expectedUntil;
  return sameTimes && sameChoice(a.choice, b.choice) && sameNodes(a.nodes, b.nodes);
}

function sameNodes(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}
