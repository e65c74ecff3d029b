import { describe, expect } from 'vitest';
import { type AutobahnCase, autobahnGroup, refused } from './autobahn.js';
import { BINARY, envelopeOf, frame, PING, PONG } from './wire-client.js';

const LIMIT = 65_536;
/** Autobahn's sizes. Ours are envelopes, so the shortest are what an envelope takes; ids tell which case it is. */
const sizes = [0, 125, 126, 127, 128, 65_535, LIMIT];

const textCases = sizes.map((size, index): AutobahnCase => [
  `1.1.${index + 1}`,
  size === 0 ? 'an empty text message gets an error and does no harm' : `a text message of ${size} bytes is answered`,
  async (client) => {
    client.write(frame(size === 0 ? '' : envelopeOf('case', size)));
    if (size > 0) await client.reply('case');
    else await client.raw.until(() => client.raw.received.includes('bad_json') || undefined, 'bad_json');
    await client.lives();
  },
]);

/** Autobahn chops these cases into pieces of 997 bytes. */
const choppedText: AutobahnCase = [
  '1.1.8',
  'a text message of 65536 bytes is answered, however it was chopped on its way',
  async (client) => {
    const bytes = frame(envelopeOf('case', LIMIT));
    for (let at = 0; at < bytes.length; at += 997) client.write(bytes.subarray(at, at + 997));
    await client.reply('case');
  },
];

const binaryCases = [...sizes, LIMIT].map((size, index): AutobahnCase => [
  `1.2.${index + 1}`,
  `a binary message of ${size} bytes closes with 1003${index === 7 ? ', chopped too' : ''}`,
  async (client) => {
    const bytes = frame(Buffer.alloc(size, 0xfe), { opcode: BINARY });
    const piece = index === 7 ? 997 : bytes.length;
    for (let at = 0; at < bytes.length; at += piece) client.write(bytes.subarray(at, at + piece));
    expect(await client.closed()).toBe(1003);
  },
]);

describe('Autobahn 1, framing:', () => {
  autobahnGroup([...textCases, choppedText, ...binaryCases]);
});

function pongsTo(payloads: Buffer[]): AutobahnCase[2] {
  return async (client) => {
    client.write(...payloads.map((payload) => frame(payload, { opcode: PING })));
    await client.lives();
    const pongs = client.frames.filter(({ opcode }) => opcode === PONG).map(({ payload }) => payload);
    expect(pongs).toEqual(payloads);
  };
}

const bytewise: AutobahnCase[2] = async (client) => {
  client.raw.socket.setNoDelay(true);
  for (const byte of frame(Buffer.alloc(125, 0xfe), { opcode: PING })) client.write(Buffer.from([byte]));
  await client.lives();
  expect(client.frames.filter(({ opcode }) => opcode === PONG)).toHaveLength(1);
};

const pongs =
  (count: number, payload: string): AutobahnCase[2] =>
  async (client) => {
    client.write(...Array.from({ length: count }, () => frame(payload, { opcode: PONG })));
    await client.lives();
    expect(client.frames.filter(({ opcode }) => opcode === PONG)).toHaveLength(0);
  };

const pingCases: AutobahnCase[] = [
  ['2.1', 'an empty ping is answered with an empty pong', pongsTo([Buffer.alloc(0)])],
  ['2.2', 'a ping with text is answered with the same', pongsTo([Buffer.from('Hello, world!')])],
  [
    '2.3',
    'a ping with bytes that are no text is answered with the same',
    pongsTo([Buffer.from('00fffefdfcfb00ff', 'hex')]),
  ],
  ['2.4', 'a ping of 125 bytes is answered with the same', pongsTo([Buffer.alloc(125, 0xfe)])],
  [
    '2.5',
    'a ping of 126 bytes closes with 1002',
    async (client) => {
      client.write(frame(Buffer.alloc(126, 0xfe), { opcode: PING }));
      expect(await client.closed()).toBe(1002);
    },
  ],
  ['2.6', 'a ping of 125 bytes, byte by byte, is answered', bytewise],
  ['2.7', 'an unasked, empty pong does nothing', pongs(1, '')],
  ['2.8', 'an unasked pong with a payload does nothing', pongs(1, 'unsolicited pong payload')],
  [
    '2.9',
    'an unasked pong before a ping does nothing, and the ping is answered',
    async (client) => {
      client.write(frame('unsolicited', { opcode: PONG }));
      await pongsTo([Buffer.from('ping payload')])(client);
    },
  ],
  [
    '2.10',
    'ten pings are answered in their order',
    pongsTo(Array.from({ length: 10 }, (_, index) => Buffer.from(`payload-${index}`))),
  ],
  [
    '2.11',
    'ten pings, byte by byte, are answered in their order',
    async (client) => {
      const payloads = Array.from({ length: 10 }, (_, index) => Buffer.from(`payload-${index}`));
      for (const byte of Buffer.concat(payloads.map((payload) => frame(payload, { opcode: PING })))) {
        client.write(Buffer.from([byte]));
      }
      await client.lives();
      expect(client.frames.filter(({ opcode }) => opcode === PONG).map(({ payload }) => payload)).toEqual(payloads);
    },
  ],
];

describe('Autobahn 2, pings and pongs:', () => {
  autobahnGroup(pingCases);
});

const reservedBits: AutobahnCase[] = [
  ['3.1', 'RSV 1 on a text frame closes with 1002', refused(frame(envelopeOf('x'), { rsv: 1 }))],
  ['3.2', 'RSV 2 after a good message closes with 1002', refused(frame(envelopeOf('x'), { rsv: 2 }), { first: true })],
  [
    '3.3',
    'RSV 3, in one write per frame, closes with 1002',
    refused(frame(envelopeOf('x'), { rsv: 3 }), { first: true, chop: 60 }),
  ],
  [
    '3.4',
    'RSV 4, byte by byte, closes with 1002',
    refused(frame(envelopeOf('x'), { rsv: 4 }), { first: true, chop: 1 }),
  ],
  ['3.5', 'RSV 5 on a binary frame closes with 1002', refused(frame('x', { rsv: 5, opcode: BINARY }))],
  ['3.6', 'RSV 6 on a ping closes with 1002', refused(frame('x', { rsv: 6, opcode: PING }))],
  ['3.7', 'RSV 7 on a close closes with 1002', refused(frame(Buffer.from([3, 232]), { rsv: 7, opcode: 8 }))],
];

describe('Autobahn 3, reserved bits:', () => {
  autobahnGroup(reservedBits);
});

const opcodeCases = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode, index): AutobahnCase => {
  const turn = (index % 5) + 1;
  const options = { first: turn > 2, chop: turn === 5 ? 1 : 0 };
  const id = `4.${opcode < 8 ? 1 : 2}.${turn}`;
  const payload = turn === 1 ? '' : 'reserved opcode payload';
  return [id, `the reserved opcode ${opcode} closes with 1002`, refused(frame(payload, { opcode }), options)];
});

describe('Autobahn 4, opcodes:', () => {
  autobahnGroup(opcodeCases);
});
