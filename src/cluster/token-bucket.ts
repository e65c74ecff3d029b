import type { Rate } from '../config/parsers.js';
import type { Allowance } from './rate-limiter.js';

/*
 * A token bucket kept as one number: the time at which it will be full again (the generic cell rate algorithm).
 * An unused bucket is one that was full in the past, so there is nothing to keep for it and nothing to refill.
 */

/** Takes a token from the bucket that is full at `fullAt`. @returns the allowance and the new `fullAt` (ms since the epoch). */
export function takeToken(
  fullAt: number,
  now: number,
  { count, windowMs }: Rate,
): { allowance: Allowance; fullAt: number } {
  const interval = windowMs / count;
  const next = Math.max(fullAt, now) + interval;
  const over = next - now - windowMs;
  if (over > 1e-6) {
    return { allowance: { allowed: false, remaining: 0, retryAfterMs: Math.ceil(over) }, fullAt };
  }
  const remaining = Math.floor((windowMs - (next - now)) / interval + 1e-6);
  return { allowance: { allowed: true, remaining, retryAfterMs: 0 }, fullAt: next };
}

/** Gives a token back. @returns the new `fullAt`. */
export function giveToken(fullAt: number, { count, windowMs }: Rate): number {
  return fullAt - windowMs / count;
}
