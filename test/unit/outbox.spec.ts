import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { Flusher } from '../../src/realtime/flusher.js';
import { textFrame } from '../../src/realtime/frame.js';
import { Outbox } from '../../src/realtime/outbox.js';
import { tcpPair } from '../support/tcp-pair.js';
import { TestClock } from '../support/test-clock.js';

/** What stands in frames of less than 64 KiB that follow each other. */
function textsOf(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes.readUInt8(at + 1);
    const start = at + (short < 126 ? 2 : 4);
    at = start + (short < 126 ? short : bytes.readUInt16BE(at + 2));
    texts.push(bytes.toString('utf8', start, at));
  }
  return texts;
}

/** Until what was gathered has gone out. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A socket whose other end reads when it is told to. */
class SlowStream extends Writable {
  readonly arrived: string[] = [];
  private pending: { texts: string[]; done: () => void }[] = [];

  constructor() {
    super({ highWaterMark: 1000 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.pending.push({ texts: textsOf(chunk), done });
  }

  /** Reads everything that is on its way, and what that brings. */
  async read(): Promise<void> {
    await turns();
    for (let next = this.pending.shift(); next; next = this.pending.shift()) {
      this.arrived.push(...next.texts);
      next.done();
      await turns();
    }
  }
}

const HELLO = textFrame('hello');

function outboxOf(limit: number, isOpen = true) {
  const stream = new SlowStream();
  const clock = new TestClock();
  const seen = { overdue: 0 };
  const post = { flusher: new Flusher(), clock, sendQueueBytes: limit };
  const outbox = new Outbox(stream as unknown as Socket, post, { close: () => (seen.overdue += 1) });
  if (isOpen) outbox.open(HELLO);
  return { stream, clock, seen, outbox };
}

const filler = (name: string) => textFrame(name.padEnd(1000, '.'));

describe('The outbox of a slow socket', () => {
  it('keeps the order of everything it could send', async () => {
    const { stream, outbox } = outboxOf(20_000);
    for (let index = 0; index < 18; index += 1) expect(outbox.push(filler(`${index};`))).toBe(true);
    await stream.read();
    expect(stream.arrived.slice(1).map((text) => parseInt(text, 10))).toEqual(
      Array.from({ length: 18 }, (_, index) => index),
    );
    expect(outbox.queuedBytes).toBe(0);
  });

  it('keeps only the newest of what replaces each other once half of it is full', async () => {
    const { stream, outbox } = outboxOf(20_000);
    for (let index = 0; index < 10; index += 1) outbox.push(filler('fill'));
    for (let index = 0; index < 500; index += 1) outbox.push(textFrame(`typing ${index}`, 'typing a'));
    outbox.push(textFrame('other', 'typing b'));
    await stream.read();
    expect(stream.arrived.filter((text) => !text.startsWith('fill'))).toEqual(['hello', 'typing 499', 'other']);
  });

  it('holds everything back until the first frame was sent', async () => {
    const { stream, outbox } = outboxOf(20_000, false);
    outbox.push(textFrame('early'));
    await stream.read();
    expect(stream.arrived).toEqual([]);
    outbox.open(HELLO);
    outbox.push(textFrame('late'));
    await stream.read();
    expect(stream.arrived).toEqual(['hello', 'early', 'late']);
  });

  it('sends what it has gathered when it ends, and neither what waits nor what comes later', async () => {
    const { stream, outbox } = outboxOf(20_000);
    outbox.push(textFrame('said'));
    for (let index = 0; index < 10; index += 1) outbox.push(filler('fill'));
    outbox.push(textFrame('waits'));
    outbox.end();
    outbox.push(textFrame('too late'));
    await stream.read();
    expect(stream.arrived.filter((text) => !text.startsWith('fill'))).toEqual(['hello', 'said']);
  });

  it('refuses a frame when it is full', () => {
    const { outbox } = outboxOf(20_000);
    const taken = Array.from({ length: 30 }, () => outbox.push(filler('fill')));
    expect(taken.indexOf(false)).toBe(19);
    expect(outbox.queuedBytes).toBeLessThanOrEqual(20_000);
  });

  it('is overdue when it has stayed over the mark for ten seconds, and not when it caught up in between', async () => {
    const { stream, clock, seen, outbox } = outboxOf(20_000);
    for (const index of Array(12).keys()) outbox.push(filler(`${index}`));
    await clock.advance(9000);
    await stream.read();
    await clock.advance(2000);
    expect(seen.overdue).toBe(0);
    for (const index of Array(12).keys()) outbox.push(filler(`${index}`));
    await clock.advance(9999);
    expect(seen.overdue).toBe(0);
    await clock.advance(1);
    expect(seen.overdue).toBe(1);
  });
});

describe('The outbox of a fast socket', () => {
  it.for([65_536, 131_072, 1_048_576])('sends all of a burst beyond the mark, in order (%i)', async (limit) => {
    const { stream, client } = await tcpPair();
    const heard: Buffer[] = [];
    client.on('data', (bytes: Buffer) => heard.push(bytes));
    const seen = { overdue: 0 };
    const post = { flusher: new Flusher(), clock: new TestClock(), sendQueueBytes: limit };
    const outbox = new Outbox(stream, post, { close: () => (seen.overdue += 1) });
    outbox.open(HELLO);
    await turns();
    const sent = Array.from({ length: Math.floor((limit * 0.6) / 1000) }, (_, index) => filler(`${index};`));
    for (const frame of sent) expect(outbox.push(frame)).toBe(true);
    const bytes = [HELLO, ...sent].reduce((sum, frame) => sum + frame.bytes.length, 0);
    await expect.poll(() => Buffer.concat(heard).length).toBe(bytes);
    expect(
      textsOf(Buffer.concat(heard))
        .slice(1)
        .map((text) => parseInt(text, 10)),
    ).toEqual(sent.map((_, index) => index));
    expect(outbox.queuedBytes).toBe(0);
  });

  it('refuses what its queue has no room for before the first frame was sent', () => {
    const { outbox, seen } = outboxOf(20_000, false);
    const taken = Array.from({ length: 30 }, (_, index) => outbox.push(filler(`${index};`)));
    expect(taken.filter(Boolean).length).toBe(19);
    outbox.open(HELLO);
    expect(seen.overdue).toBe(0);
  });
});

describe('The outbox of a socket that takes nothing more', () => {
  /** More than the kernel takes while nobody reads. */
  const much = textFrame('x'.repeat(64 * 2 ** 20));
  const later = textFrame('later');

  /** An outbox whose one frame was given to the kernel past the stream, and is waited for. */
  async function stuckOutbox() {
    const { stream, client } = await tcpPair();
    client.pause();
    const write = vi.spyOn(stream, 'write');
    const clock = new TestClock();
    const seen = { overdue: 0 };
    const post = { flusher: new Flusher(), clock, sendQueueBytes: 2 * much.bytes.length - 100 };
    const outbox = new Outbox(stream, post, { close: () => (seen.overdue += 1) });
    outbox.open(HELLO);
    await turns();
    expect(outbox.push(much)).toBe(true);
    expect([write.mock.calls.length, stream.writableLength]).toEqual([0, 0]);
    let end: Buffer = Buffer.alloc(0);
    client.on('data', (bytes: Buffer) => (end = Buffer.concat([end, bytes]).subarray(-30)));
    return { stream, client, clock, seen, outbox, tail: () => end.toString('latin1') };
  }

  it('counts that frame, lets the next ones wait, and sends them when it is through', async () => {
    const { client, clock, seen, outbox, tail } = await stuckOutbox();
    expect(outbox.queuedBytes).toBe(much.bytes.length);
    expect(outbox.push(later)).toBe(true);
    expect(outbox.queuedBytes).toBe(much.bytes.length + later.bytes.length);
    client.resume();
    await expect.poll(tail, { timeout: 10_000 }).toContain('x\u0081\u0005later');
    expect(outbox.queuedBytes).toBe(0);
    await clock.advance(20_000);
    expect(seen.overdue).toBe(0);
  });

  it('is overdue when nothing gets through for ten seconds', async () => {
    const { clock, seen, outbox } = await stuckOutbox();
    outbox.push(later);
    await clock.advance(9999);
    expect(seen.overdue).toBe(0);
    await clock.advance(1);
    expect(seen.overdue).toBe(1);
  });

  it('sends nothing after it has ended, and what its stream is given then comes last', async () => {
    const { stream, client, outbox, tail } = await stuckOutbox();
    outbox.push(later);
    outbox.end();
    stream.end('goodbye');
    client.resume();
    await expect.poll(tail, { timeout: 10_000 }).toMatch(/xgoodbye$/);
  });
});
