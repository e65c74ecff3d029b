import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Straight, StraightWriter } from '../../src/realtime/straight-writer.js';
import { tcpPair } from '../support/tcp-pair.js';

/** More than the kernel takes while nobody reads. */
const TOO_MUCH = 64 * 2 ** 20;

const HEADER = 13;
type Whose = 'ours' | 'theirs';

const writer = StraightWriter.ofThisNode() as StraightWriter;

interface Outlet extends Straight {
  readonly stream: Socket;
  /** How often it was told that the kernel has taken what it had to wait with. */
  told: number;
}

function outletOf(stream: Socket): Outlet {
  const outlet: Outlet = { stream, handle: undefined, queued: 0, told: 0, sent: () => (outlet.told += 1) };
  return outlet;
}

/** Past the stream where that can be, as the flusher does it. */
function put(outlet: Outlet, bytes: Buffer): void {
  if (!writer.write(outlet, bytes) && outlet.stream.writable) outlet.stream.write(bytes);
}

/** A message that says how long it is, whose it is, the how manieth of theirs, and how many of ours were given before. */
function message(whose: Whose, index: number, before: number, size: number): Buffer {
  const bytes = Buffer.alloc(HEADER + size, index % 256);
  bytes.writeUInt32BE(size, 0);
  bytes.writeUInt8(whose === 'ours' ? 1 : 2, 4);
  bytes.writeUInt32BE(index, 5);
  bytes.writeUInt32BE(before, 9);
  return bytes;
}

/** @returns the numbers of whole, unharmed messages by whose they are, in the order in which they came, none of theirs before its time */
function messagesIn(bytes: Buffer): Record<Whose, number[]> {
  const found: Record<Whose, number[]> = { ours: [], theirs: [] };
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const index = bytes.readUInt32BE(at + 5);
    const content = bytes.subarray(at + HEADER, at + HEADER + size);
    expect(content.equals(Buffer.alloc(size, index % 256))).toBe(true);
    // As a close frame, which must not be there before what was said before it.
    expect(found.ours.length).toBeGreaterThanOrEqual(bytes.readUInt32BE(at + 9));
    found[bytes.readUInt8(at + 4) === 1 ? 'ours' : 'theirs'].push(index);
    at += HEADER + size;
  }
  return found;
}

async function everything(client: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  client.on('data', (bytes: Buffer) => chunks.push(bytes)).resume();
  await once(client, 'end');
  return Buffer.concat(chunks);
}

/** Whether with an error or without. */
const closed = (stream: Socket) => new Promise((resolve) => stream.once('close', resolve));
const countTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const turn = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => void vi.restoreAllMocks());

describe('The straight writer', () => {
  it('writes without the stream, and knows no more of it then', async () => {
    const { stream, client } = await tcpPair();
    const write = vi.spyOn(stream, 'write');
    const outlet = outletOf(stream);
    expect(writer.write(outlet, Buffer.from('one,'))).toBe(true);
    expect(writer.write(outlet, Buffer.from('two'))).toBe(true);
    expect([stream.writableLength, outlet.queued, outlet.told]).toEqual([0, 0, 0]);
    expect(write).not.toHaveBeenCalled();
    stream.end();
    expect((await everything(client)).toString()).toBe('one,two');
  });

  it('neither mixes nor loses anything, whoever else writes to the stream and however slowly it is read', async () => {
    const step = fc.record({
      whose: fc.constantFrom<Whose[]>('ours', 'ours', 'ours', 'theirs'),
      size: fc.constantFrom(0, 1, 100, 5000, 5000, 300_000, 300_000, 3_000_000),
      after: fc.constantFrom('go on', 'go on', 'turn', 'pause', 'resume', 'cork', 'uncork'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { stream, client } = await tcpPair();
        const outlet = outletOf(stream);
        const heard = everything(client);
        const count = { ours: 0, theirs: 0 };
        for (const { whose, size, after } of steps) {
          const before = count.ours;
          const bytes = message(whose, count[whose]++, before, size);
          if (whose === 'ours') put(outlet, bytes);
          else stream.write(bytes);
          if (after === 'turn') await turn();
          else if (after === 'pause' || after === 'resume') client[after]();
          else if (after === 'cork' || after === 'uncork') stream[after]();
        }
        client.resume();
        while (stream.writableCorked > 0) stream.uncork();
        stream.end();
        const { ours, theirs } = messagesIn(await heard);
        expect([ours, theirs]).toEqual([countTo(count.ours), countTo(count.theirs)]);
        expect(outlet.queued).toBe(0);
      }),
      { seed: 23, numRuns: 60, interruptAfterTimeLimit: 15_000 },
    );
  });

  it('counts what the kernel does not take until it has, and leaves what follows to the stream', async () => {
    const { stream, client } = await tcpPair();
    client.pause();
    const outlet = outletOf(stream);
    expect(writer.write(outlet, Buffer.alloc(TOO_MUCH))).toBe(true);
    expect([outlet.queued, outlet.told]).toEqual([TOO_MUCH, 0]);
    expect(writer.write(outlet, Buffer.from('later'))).toBe(false);
    stream.end('later');
    const heard = await everything(client);
    expect([heard.length, heard.subarray(TOO_MUCH).toString()]).toEqual([TOO_MUCH + 5, 'later']);
    expect([outlet.queued, outlet.told]).toEqual([0, 1]);
  });

  it('never overtakes what the stream holds', async () => {
    const { stream, client } = await tcpPair();
    const outlet = outletOf(stream);
    stream.cork();
    expect(writer.write(outlet, Buffer.from('no'))).toBe(false);
    stream.write('first,');
    expect(writer.write(outlet, Buffer.from('no'))).toBe(false);
    stream.uncork();
    await turn();
    expect(writer.write(outlet, Buffer.from('second'))).toBe(true);
    stream.end();
    expect((await everything(client)).toString()).toBe('first,second');
  });

  it('never overtakes what the stream holds once its own wait is over', async () => {
    const { stream, client } = await tcpPair();
    client.pause();
    const outlet = { ...outletOf(stream), sent: () => put(outlet, Buffer.from('last')) };
    writer.write(outlet, Buffer.alloc(TOO_MUCH));
    stream.write(Buffer.alloc(TOO_MUCH));
    stream.write('held,', () => stream.end());
    const heard = await everything(client);
    expect(heard.subarray(2 * TOO_MUCH).toString()).toBe('held,last');
  });

  it('destroys the stream of a client that is gone, though nothing is read from it', async () => {
    const { stream, client } = await tcpPair();
    client.pause();
    const outlet = outletOf(stream);
    writer.write(outlet, Buffer.alloc(TOO_MUCH));
    (stream as unknown as { _handle: { readStop(): void } })._handle.readStop();
    client.resetAndDestroy();
    await closed(stream);
    expect([outlet.queued, outlet.told]).toEqual([0, 0]);
    expect(writer.write(outlet, Buffer.from('to nobody'))).toBe(false);
  });

  it.for(['end', 'destroy'] as const)('writes nothing after %s', async (goodbye) => {
    const { stream, client } = await tcpPair();
    const outlet = outletOf(stream);
    const heard = everything(client);
    put(outlet, Buffer.from('said'));
    stream[goodbye]();
    if (goodbye === 'destroy') expect(writer.write(outlet, Buffer.from('too late'))).toBe(false);
    await turn();
    expect(writer.write(outlet, Buffer.from('too late'))).toBe(false);
    put(outlet, Buffer.from('too late'));
    expect((await heard).toString()).toBe('said');
    client.end();
    if (!stream.closed) await closed(stream);
    expect(writer.write(outlet, Buffer.from('too late'))).toBe(false);
  });

  it('leaves alone what is no TCP socket', () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    expect(writer.write({ stream, handle: undefined, queued: 0, sent: () => undefined }, Buffer.from('x'))).toBe(false);
  });

  it('does not exist where Node keeps its internals to itself', () => {
    vi.spyOn(process as unknown as { binding(): object }, 'binding').mockImplementation(() => {
      throw new Error('Access to this API has been restricted');
    });
    expect(StraightWriter.ofThisNode()).toBeUndefined();
  });
});
