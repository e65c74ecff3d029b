import { describe, expect } from 'vitest';
import { type AutobahnCase, autobahnGroup, refused } from './autobahn.js';
import { envelopeOf, frame, fragments, PING, PONG, TEXT } from './wire-client.js';

const orphan = frame('orphan', { opcode: 0 });
const open = (text: string) => frame(text, { opcode: TEXT, fin: false });
const HALVES = [envelopeOf('case').slice(0, 9), envelopeOf('case').slice(9)] as const;
const rest = frame(HALVES[1], { opcode: 0 });

function joined(parts: Buffer[], { pongs: expected = 0, chop = 0 } = {}): AutobahnCase[2] {
  return async (client) => {
    const bytes = Buffer.concat(parts);
    const piece = chop || bytes.length;
    for (let at = 0; at < bytes.length; at += piece) client.write(bytes.subarray(at, at + piece));
    await client.reply('case');
    await client.lives();
    expect(client.frames.filter(({ opcode }) => opcode === PONG)).toHaveLength(expected);
  };
}

const ping = frame('ping payload', { opcode: PING });
const interleaved = [open(HALVES[0]), ping, rest];
const thrice = fragments(envelopeOf('case'), 10);
const orphanFirst = [orphan, open(HALVES[0]), rest];

const fragmentation: AutobahnCase[] = [
  [
    '5.1',
    'a ping in two fragments closes with 1002',
    refused(Buffer.concat([frame('a', { opcode: PING, fin: false }), frame('b', { opcode: 0 })])),
  ],
  [
    '5.2',
    'a pong in two fragments closes with 1002',
    refused(Buffer.concat([frame('a', { opcode: PONG, fin: false }), frame('b', { opcode: 0 })])),
  ],
  ['5.3', 'a text in two fragments is one message', joined([open(HALVES[0]), rest])],
  ['5.4', 'a text in two fragments, chopped at will, is one message', joined([open(HALVES[0]), rest], { chop: 7 })],
  ['5.5', 'a text in two fragments, byte by byte, is one message', joined([open(HALVES[0]), rest], { chop: 1 })],
  ['5.6', 'a ping between two fragments is answered', joined(interleaved, { pongs: 1 })],
  ['5.7', 'a ping between two fragments, chopped, is answered', joined(interleaved, { pongs: 1, chop: 7 })],
  ['5.8', 'a ping between two fragments, byte by byte, is answered', joined(interleaved, { pongs: 1, chop: 1 })],
  ['5.9', 'a continuation of nothing closes with 1002', refused(orphan)],
  ['5.10', 'a continuation of nothing, chopped, closes with 1002', refused(orphan, { chop: 5 })],
  ['5.11', 'a continuation of nothing, byte by byte, closes with 1002', refused(orphan, { chop: 1 })],
  ['5.12', 'an unfinished continuation of nothing closes with 1002', refused(frame('x', { opcode: 0, fin: false }))],
  [
    '5.13',
    'an unfinished continuation of nothing, chopped, closes with 1002',
    refused(frame('x', { opcode: 0, fin: false }), { chop: 4 }),
  ],
  [
    '5.14',
    'an unfinished continuation of nothing, byte by byte, closes with 1002',
    refused(frame('x', { opcode: 0, fin: false }), { chop: 1 }),
  ],
  [
    '5.15',
    'a continuation after a finished message closes with 1002',
    refused(Buffer.concat([open(HALVES[0]), rest, orphan])),
  ],
  [
    '5.16',
    'an unfinished continuation before a text closes with 1002',
    refused(Buffer.concat([frame('x', { opcode: 0, fin: false }), frame(envelopeOf('x'))])),
  ],
  ['5.17', 'a finished continuation before a text in fragments closes with 1002', refused(Buffer.concat(orphanFirst))],
  ['5.18', 'a new text inside an unfinished one closes with 1002', refused(Buffer.concat([open('a'), frame('b')]))],
  [
    '5.19',
    'pings among five fragments are answered, the message too',
    joined([...thrice.flatMap((one) => [ping, one])], { pongs: thrice.length }),
  ],
  [
    '5.20',
    'pings among fragments, byte by byte, are answered, the message too',
    joined([...thrice.flatMap((one) => [ping, one])], { pongs: thrice.length, chop: 1 }),
  ],
];

describe('Autobahn 5, fragmentation:', () => {
  autobahnGroup(fragmentation);
});
