import { type Clock, earlier, type Moment } from '../common/clock.js';

/** Between two tellings, in milliseconds: what a gap sets off is work for the database. */
const REST_MS = 1000;

/** Tells whoever wants to know that publications may be missing, the first gap at once and further ones together. */
export class BusGaps {
  private readonly listeners: ((forMs: number) => void)[] = [];
  /** Begin of what is still to be told. */
  private since: Moment | undefined;
  private isResting = false;

  constructor(private readonly clock: Clock) {}

  onGap(listener: (forMs: number) => void): void {
    this.listeners.push(listener);
  }

  tell(since: Moment): void {
    this.since = earlier(this.since, since);
    if (!this.isResting) this.tellAll();
  }

  private tellAll(): void {
    const { since } = this;
    this.isResting = since !== undefined;
    if (!since) return;
    this.since = undefined;
    this.clock.after(REST_MS, () => this.tellAll());
    const forMs = this.clock.since(since);
    for (const listener of this.listeners) listener(forMs);
  }
}
