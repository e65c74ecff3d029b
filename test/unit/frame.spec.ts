import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { envelope, PING, textFrame } from '../../src/realtime/frame.js';

/** ws's own framing, which is not part of its types. */
const { Sender } = ws as unknown as {
  Sender: { frame(data: Buffer, options: object): Buffer[] };
};

function byWs(payload: string, opcode: number): Buffer {
  const options = { fin: true, mask: false, opcode, readOnly: false, rsv1: false };
  return Buffer.concat(Sender.frame(Buffer.from(payload), options));
}

describe('A frame', () => {
  it('is to the byte what ws would have sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(textFrame(text).bytes.equals(byWs(text, 1))).toBe(true);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it.each([0, 125, 126, 127, 65_535, 65_536, 70_000])('has the right header at %i bytes', (length) => {
    const text = 'x'.repeat(length);
    expect(textFrame(text).bytes.equals(byWs(text, 1))).toBe(true);
  });

  it('counts bytes, not characters', () => {
    const text = 'é'.repeat(100);
    expect(textFrame(text).bytes.equals(byWs(text, 1))).toBe(true);
  });

  it('of a ping is empty', () => {
    expect(PING.bytes.equals(byWs('', 9))).toBe(true);
  });
});

describe('An envelope', () => {
  const AT = Date.UTC(2026, 10, 28, 12, 0, 0, 7);
  const text = fc.string({ unit: 'binary' });

  it('is the JSON that it says it is, whatever is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.option(text, { nil: undefined }), (data, replyTo) => {
        const json = envelope('pong', data, AT, { id: 'id', ...(replyTo !== undefined && { replyTo }) });
        const whole = { type: 'pong', data, timestamp: '2026-11-28T12:00:00.007Z', id: 'id', reply_to: replyTo };
        expect(json).toBe(JSON.stringify(whole));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('has an id of its own each time, and data even where there are none', () => {
    const [one, other] = [envelope('pong', undefined, AT), envelope('pong', undefined, AT)].map(
      (json) => JSON.parse(json) as { id: string; data: unknown },
    );
    expect(one?.data).toBeNull();
    expect(one?.id).not.toBe(other?.id);
  });
});
