import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/realtime/connection.js';
import { Inbox } from '../../src/realtime/inbox.js';

/** As much of a connection as an inbox sees. */
class Reader {
  isOpen = true;
  paused = false;

  throttleReading(paused: boolean): void {
    this.paused = paused;
  }
}

function inboxOf(handle: (text: string) => Promise<void> | void): { inbox: Inbox; reader: Reader } {
  const reader = new Reader();
  return { reader, inbox: new Inbox(reader as unknown as Connection, (_, text) => handle(text)) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('The inbox of a connection', () => {
  it('handles 1,000 numbered messages in order, however long each takes', async () => {
    const delays = fc.sample(fc.integer({ min: 0, max: 3 }), { numRuns: 1000, seed: 7 });
    const handled: string[] = [];
    const { inbox } = inboxOf((text) => {
      const finish = () => void handled.push(text);
      const delay = delays[Number(text)] ?? 0;
      if (delay === 0) return finish();
      return (async () => {
        for (let left = delay; left > 0; left -= 1) await turn();
        finish();
      })();
    });
    inbox.open();
    const numbers = delays.map((_, index) => String(index));
    for (const number of numbers) inbox.push(number);
    await expect.poll(() => handled.length).toBe(1000);
    expect(handled).toEqual(numbers);
  });

  it('handles nothing before it is opened', async () => {
    const handled: string[] = [];
    const { inbox } = inboxOf((text) => void handled.push(text));
    inbox.push('early');
    await turn();
    expect(handled).toEqual([]);
    inbox.open();
    await turn();
    expect(handled).toEqual(['early']);
  });

  it('stops reading at 64 unhandled messages, and goes on once they are handled', async () => {
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const { inbox, reader } = inboxOf(() => blocked);
    inbox.open();
    for (let count = 0; count < 64; count += 1) inbox.push('x');
    expect(reader.paused).toBe(false);
    inbox.push('x');
    expect(reader.paused).toBe(true);
    release();
    await turn();
    expect(reader.paused).toBe(false);
  });

  it('handles nothing more of a connection that was closed', async () => {
    const handled: string[] = [];
    const { inbox, reader } = inboxOf((text) => {
      handled.push(text);
      reader.isOpen = false;
    });
    inbox.push('one');
    inbox.push('two');
    inbox.open();
    await turn();
    expect(handled).toEqual(['one']);
  });
});
