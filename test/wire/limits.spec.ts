import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { closeFrame, envelopeOf, frame, fragments, PING, PONG, TEXT, WireClient } from './wire-client.js';

async function open(): Promise<() => Promise<WireClient>> {
  const app = await startApp();
  const { token } = await newPerson(app, 'ann');
  return () => WireClient.open(app.url, token);
}

describe('A message that is too big', () => {
  it('is refused when its fragments add up to it', async () => {
    const client = await (await open())();
    client.write(...fragments(envelopeOf('x', 65_537), 8192));
    expect(await client.closed()).toBe(1009);
  });
});

describe('A message in fragments', () => {
  it.each(['', ' '])('of "%s" is taken up to 128 of them and closes with 1008 beyond', async (filling) => {
    const another = await open();
    const pieces = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        frame(index === 0 ? envelopeOf('case') : filling, { opcode: index === 0 ? TEXT : 0, fin: index === count - 1 }),
      );
    const good = await another();
    good.write(...pieces(128));
    await good.reply('case');
    const bad = await another();
    bad.write(...pieces(129));
    expect(await bad.closed()).toBe(1008);
  });
});

describe('Pings that come all at once', () => {
  const pings = (count: number) => Array.from({ length: count }, (_, index) => frame(`${index}`, { opcode: PING }));

  it('are answered in order, up to 128 of them', async () => {
    const client = await (await open())();
    client.write(...pings(128));
    await client.lives();
    const pongs = client.frames.filter(({ opcode }) => opcode === PONG).map(({ payload }) => Number(payload));
    expect(pongs).toEqual(Array.from({ length: 128 }, (_, index) => index));
  });

  it('and are more than that end the connection', async () => {
    const client = await (await open())();
    client.write(...pings(129));
    await client.raw.until(() => client.raw.ended || undefined, 'the end of the connection');
  });
});

describe('A frame without a mask', () => {
  it('closes with 1002', async () => {
    const client = await (await open())();
    client.write(frame(envelopeOf('x'), { masked: false }));
    expect(await client.closed()).toBe(1002);
  });
});

describe('An end without a close frame', () => {
  it('is no trouble, nor is one right after a close', async () => {
    const client = await (await open())();
    client.write(closeFrame(1000));
    client.raw.socket.end();
    await client.raw.until(() => client.raw.ended || undefined, 'the end');
    expect(client.closedWith).toBe(1000);
  });
});
