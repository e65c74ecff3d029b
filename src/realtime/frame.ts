import { randomUUID } from 'node:crypto';

/** What the server puts on the wire, ready to send: encoded once, whoever and however many receive it. */
export interface Frame {
  /** The message's type, by which a full queue tells what may be thinned out. */
  readonly type: string;
  readonly text: string;
  /** A newer frame of the same key replaces an older one that a slow socket has not been sent yet. */
  readonly conflationKey?: string;
}

/** Encodes an event with a fresh id. @param at ms since the epoch */
export function encode(type: string, data: unknown, at: number, replyTo?: string): Frame {
  const timestamp = new Date(at).toISOString();
  const text = JSON.stringify({ type, data, timestamp, id: randomUUID(), reply_to: replyTo });
  return { type, text };
}
