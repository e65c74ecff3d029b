import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flusher, type Outlet, UNUSED } from '../../src/realtime/flusher.js';
import { textFrame } from '../../src/realtime/frame.js';

/** Every chunk is one system call. */
class Wire extends Writable {
  readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }
}

type TestOutlet = Outlet & { readonly stream: Wire };

const outletOf = (): TestOutlet => ({ stream: new Wire(), ...UNUSED, sent: () => undefined });
const frameOf = (text: string) => textFrame(text);
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function turns(): Promise<void> {
  for (let count = 0; count < 3; count += 1) await turn();
}

/** An outlet that got one frame in the turn before. */
async function calmOutlet(flusher: Flusher): Promise<TestOutlet> {
  const outlet = outletOf();
  flusher.send(outlet, frameOf('first'));
  await turns();
  outlet.stream.chunks.length = 0;
  return outlet;
}

const step = fc.record({
  to: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
  after: fc.constantFrom('go on', 'go on', 'go on', 'flush', 'turn'),
});

describe('The flusher', () => {
  it('sends every socket its frames, in their order, however they are mixed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const flusher = new Flusher();
        const outlets = Array.from({ length: 4 }, outletOf);
        const expected = outlets.map(() => '');
        for (const [index, { to, after }] of steps.entries()) {
          const frame = frameOf(`frame ${index}`);
          for (const place of to) {
            flusher.send(outlets[place]!, frame);
            expected[place] += frame.bytes.toString('latin1');
            if (after === 'flush') flusher.flush(outlets[place]!);
          }
          if (after === 'turn') await turn();
        }
        await turns();
        expect(outlets.map(({ stream }) => stream.text)).toEqual(expected);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('writes the frames of one turn at once, and the same bytes to all who get the same', async () => {
    const flusher = new Flusher();
    const outlets = Array.from({ length: 3 }, outletOf);
    for (const frame of ['a', 'b', 'c'].map(frameOf)) for (const outlet of outlets) flusher.send(outlet, frame);
    await turns();
    const [one, ...others] = outlets.map(({ stream }) => stream.chunks);
    expect(one).toHaveLength(1);
    for (const chunks of others) {
      expect(chunks).toHaveLength(1);
      expect(chunks[0]).toBe(one![0]);
    }
  });

  it('gathers what comes while it looks for more', async () => {
    const flusher = new Flusher();
    const outlet = outletOf();
    flusher.send(outlet, frameOf('woke'));
    await turn();
    flusher.send(outlet, frameOf('followed'));
    await turns();
    expect(outlet.stream.chunks).toHaveLength(1);
  });

  it('sends the first frame at once where there was one the last time, and the rest together', async () => {
    const flusher = new Flusher();
    const outlet = await calmOutlet(flusher);
    for (const text of ['now', 'then', 'too']) flusher.send(outlet, frameOf(text));
    expect(outlet.stream.text).toContain('now');
    expect(outlet.stream.chunks).toHaveLength(1);
    await turns();
    expect(outlet.stream.chunks).toHaveLength(2);
  });

  it('sends what is gathered before it is told to be', () => {
    const flusher = new Flusher();
    const outlet = outletOf();
    flusher.send(outlet, frameOf('last words'));
    expect(outlet.stream.chunks).toHaveLength(0);
    flusher.flush(outlet);
    expect(outlet.stream.text).toContain('last words');
  });

  it('writes nothing to a socket that has ended', async () => {
    const flusher = new Flusher();
    const outlet = outletOf();
    flusher.send(outlet, frameOf('too late'));
    outlet.stream.end();
    await turns();
    expect(outlet.stream.chunks).toHaveLength(0);
    expect(outlet.stream.errored).toBeNull();
  });
});
