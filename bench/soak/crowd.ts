import { targetOf } from '../client.js';
import { hadir, type Member } from '../dialect.js';
import { Regular, type Tally } from './regular.js';

const TICK_MS = 100;
/** Of each socket, in a second. */
const MESSAGES = 1;
/** Of a hundred sockets, in a second. */
const LEAVING = 1;
const STATUSES_A_SECOND = 5;
/** More would pass the rate of the statuses. */
const MAX_PACE_OF_STATUSES = 4;
/** Half come back at once, within the grace of presence; half when they have been offline for a while. */
const SOON_MS = 1000;
const LATE_MS = 10_000;
const WATCHED = 20;
const STATUSES = ['away', 'online', 'busy', 'online', 'invisible', 'online'];
const SAID = ['ping', 'typing_start', 'ping', 'typing_stop', 'ping', 'ping'] as const;

/** A crowd that talks, types, changes its status, comes and goes: all the time, and each time the same. */
export class Crowd {
  readonly tally: Tally = { sent: 0, received: 0, visits: 0, errors: 0, lost: 0 };
  private readonly regulars: readonly Regular[];
  private readonly returns = new Set<NodeJS.Timeout>();
  private readonly comings = new Set<Promise<void>>();
  private ticking: NodeJS.Timeout | undefined;
  private state = 1;
  private statuses = 0;
  private owed = { messages: 0, leaving: 0, statuses: 0 };
  failure: Error | undefined;
  /** How many times as fast as usual everything happens. */
  pace = 1;

  /** Every member has two sockets. */
  constructor(port: number, members: readonly Member[]) {
    this.regulars = [...members, ...members].map(
      (member) => new Regular(member, targetOf(port, hadir, member), this.tally),
    );
  }

  async begin(): Promise<void> {
    for (const regular of this.regulars) await regular.come(this.some());
    this.ticking = setInterval(() => this.tick(), TICK_MS);
  }

  async end(): Promise<void> {
    clearInterval(this.ticking);
    for (const timer of this.returns) clearTimeout(timer);
    await Promise.all(this.comings);
    for (const regular of this.regulars) regular.leave('goodbye');
  }

  private tick(): void {
    const share = TICK_MS / 1000;
    this.owed.messages += this.regulars.length * MESSAGES * share * this.pace;
    this.owed.leaving += (this.regulars.length / 100) * LEAVING * share * this.pace;
    this.owed.statuses += STATUSES_A_SECOND * share * Math.min(this.pace, MAX_PACE_OF_STATUSES);
    for (; this.owed.messages >= 1; this.owed.messages -= 1) this.any().say(SAID[this.dice(SAID.length)]!);
    for (; this.owed.leaving >= 1; this.owed.leaving -= 1) this.goAndReturn(this.any());
    for (; this.owed.statuses >= 1; this.owed.statuses -= 1) this.nextStatus();
    this.any().knock();
  }

  private goAndReturn(regular: Regular): void {
    if (!regular.isThere) return;
    regular.leave(this.dice(2) === 0 ? 'goodbye' : 'hang up');
    const timer = setTimeout(() => this.return(regular, timer), this.dice(this.dice(2) === 0 ? SOON_MS : LATE_MS));
    this.returns.add(timer);
  }

  private return(regular: Regular, timer: NodeJS.Timeout): void {
    this.returns.delete(timer);
    const coming = regular.come(this.some()).catch((error: unknown) => void (this.failure ??= error as Error));
    this.comings.add(coming);
    void coming.then(() => this.comings.delete(coming));
  }

  /** In turn, so that nobody's rate is passed. */
  private nextStatus(): void {
    this.statuses += 1;
    this.regulars[this.statuses % this.regulars.length]!.choose(STATUSES[this.dice(STATUSES.length)]!);
  }

  private any(): Regular {
    return this.regulars[this.dice(this.regulars.length)]!;
  }

  private some(): string[] {
    return [...new Set(Array.from({ length: WATCHED }, () => this.any().member.userId))];
  }

  /** The same numbers in every run. */
  private dice(below: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * below);
  }
}
