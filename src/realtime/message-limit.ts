import { takeToken } from '../cluster/token-bucket.js';
import type { Rate } from '../config/parsers.js';

/** A limit that is ignored for this long closes the connection, in milliseconds. */
const IGNORED_FOR_MS = 10_000;
/** Keeping to the limit for this long counts as having understood, in milliseconds. */
const CALM_MS = 1000;

/** The message rate of one connection, kept on the connection: no timer, no look-up. */
export class MessageLimit {
  private fullAt = 0;
  private ignoredSince = 0;
  private lastRefused = 0;

  constructor(private readonly rate: Rate | null) {}

  /** Takes a token. @returns 0 when there was one, else the milliseconds until there is. */
  take(now: number): number {
    if (this.rate === null) return 0;
    const { allowance, fullAt } = takeToken(this.fullAt, now, this.rate);
    this.fullAt = fullAt;
    if (allowance.allowed) return 0;
    if (now - this.lastRefused > CALM_MS) this.ignoredSince = now;
    this.lastRefused = now;
    return allowance.retryAfterMs;
  }

  /** Whether the client has gone on over the limit for ten seconds. */
  isIgnored(now: number): boolean {
    return this.lastRefused === now && now - this.ignoredSince >= IGNORED_FOR_MS;
  }
}
