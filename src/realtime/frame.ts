import { randomUUID } from 'node:crypto';
import { iso } from '../common/clock.js';

/** What the server puts on the wire, encoded once, whoever and however many receive it. */
export interface Frame {
  /** One unfragmented, unmasked text frame of RFC 6455, header included. */
  readonly bytes: Buffer;
  /** While a slow socket waits, a newer frame of the same key takes the place of an older one. */
  readonly conflationKey: string | undefined;
}

/** An empty ping. */
export const PING: Frame = { bytes: Buffer.from([0x89, 0x00]), conflationKey: undefined };

/** An envelope around `data`, with a fresh id unless one is given. @param at ms since the epoch */
export function envelope(type: string, data: unknown, at: number, options: EnvelopeOptions = {}): string {
  return envelopeOf(type, JSON.stringify(data ?? null), at, options);
}

interface EnvelopeOptions {
  readonly id?: string;
  readonly replyTo?: string;
}

/** The same around data that are JSON already. */
export function envelopeOf(type: string, data: string, at: number, { id, replyTo }: EnvelopeOptions = {}): string {
  const reply = replyTo === undefined ? '' : `,"reply_to":${JSON.stringify(replyTo)}`;
  return `{"type":"${type}","data":${data},"timestamp":"${iso(at)}","id":"${id ?? randomUUID()}"${reply}}`;
}

export function textFrame(text: string, conflationKey?: string): Frame {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(header + length);
  bytes[0] = 0x81;
  if (header === 2) {
    bytes[1] = length;
  } else if (header === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  bytes.write(text, header, 'utf8');
  return { bytes, conflationKey };
}
