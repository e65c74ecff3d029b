import type { Soon } from '../common/soon.js';

/** Who shares rooms with whom, as presence needs to know it. Whoever keeps the rooms answers. */
export abstract class Audience {
  /**
   * Who is told about a user. `to`: the topics of the user's rooms whose members watch each other by themselves;
   * `among`: the topics of all the user's rooms, outside of which nobody is told anything.
   */
  abstract of(userId: string): Promise<{ to: string[]; among: string[] }>;
  /** The other members of those rooms: whom the user watches without asking. */
  abstract peers(userId: string): Soon<string[]>;
  /** Those of `others` who share any room with the user, the user included. */
  abstract sharing(userId: string, others: readonly string[]): Promise<Set<string>>;
}
