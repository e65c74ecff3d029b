import { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import * as ws from 'ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Connections } from '../../src/realtime/connections.js';
import { startApp, type TestApp } from '../support/app.js';
import { newPerson, type Person } from '../support/people.js';
import { clientFrame, handshakeBytes, RawClient } from '../support/raw.js';

const { Receiver } = ws as unknown as { Receiver: typeof Writable };

async function open(app: TestApp, { token }: Person) {
  const client = await RawClient.connect(app.url);
  const pieces: string[] = [];
  client.socket.on('data', (bytes: Buffer) => pieces.push(bytes.toString('latin1')));
  client.write(handshakeBytes('/ws', { Authorization: `Bearer ${token}` }));
  await client.until(() => client.received.includes('presence_snapshot') || undefined, 'the snapshot');
  return Object.assign(client, { pieces });
}

describe('A handshake that nothing has to be waited for', () => {
  it('is answered in one piece: the 101, connected and the snapshot', async () => {
    const app = await startApp();
    const ann = await newPerson(app, 'ann');
    for (let turn = 0; turn < 5; turn += 1) {
      const { pieces } = await open(app, ann);
      expect(pieces).toEqual([expect.stringMatching(/^HTTP\/1\.1 101 [^]*"connected"[^]*"presence_snapshot"/)]);
    }
  });
});

describe('A handshake whose greeting has to be waited for', () => {
  it('is answered with the 101 and connected in one piece', async () => {
    const app = await startApp();
    const ann = await newPerson(app, 'ann');
    await open(app, ann);
    app.app.get(Connections).observe({ opened: () => pause(100) });
    const { pieces } = await open(app, ann);
    expect(pieces[0]).toMatch(/^HTTP\/1\.1 101 [^]*"connected"/);
  });
});

describe('What reads the frames of a socket', () => {
  it('is ended twice by ws, of which Node hears once', async () => {
    const app = await startApp();
    const ours = Receiver.prototype.end;
    onTestFinished(() => void (Receiver.prototype.end = ours));
    const endedBefore: boolean[] = [];
    Receiver.prototype.end = function (this: Writable, ...args: []) {
      endedBefore.push(this.writableEnded);
      return Reflect.apply(ours, this, args) as Writable;
    };
    const toNode = vi.spyOn(Writable.prototype, 'end');
    onTestFinished(() => toNode.mockRestore());
    const client = await open(app, await newPerson(app, 'ann'));
    client.write(clientFrame(Buffer.from([0x03, 0xe8]), { opcode: 8 }));
    await expect.poll(() => endedBefore).toContain(true);
    const ended = toNode.mock.contexts.filter((stream) => stream instanceof Receiver);
    expect(ended).toHaveLength(endedBefore.filter((before) => !before).length);
  });
});
