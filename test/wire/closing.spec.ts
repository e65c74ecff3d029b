import { describe, expect } from 'vitest';
import { type AutobahnCase, autobahnGroup } from './autobahn.js';
import { CLOSE, closeFrame, envelopeOf, frame, PING, PONG, TEXT } from './wire-client.js';

/** Sends these bytes; the server answers with this code, ends the connection, and handles nothing of what came after. */
function ends(code: number | 'empty', ...bytes: Buffer[]): AutobahnCase[2] {
  return async (client) => {
    client.write(...bytes);
    expect(await client.closed()).toBe(code);
    expect(client.raw.received.includes('"reply_to":"after"')).toBe(false);
    expect(client.frames.filter(({ opcode }) => opcode === PONG)).toHaveLength(0);
    expect(client.frames.filter(({ opcode }) => opcode === CLOSE)).toHaveLength(1);
  };
}

const after = frame(envelopeOf('after'));
const half = envelopeOf('after').slice(0, 8);
const big = envelopeOf('before', 65_536);

const handling: AutobahnCase[] = [
  [
    '7.1.1',
    'a message and then a close are answered, both',
    async (client) => {
      client.write(frame(envelopeOf('before')), closeFrame(1000));
      expect(await client.closed()).toBe(1000);
      expect(client.raw.received.includes('"reply_to":"before"')).toBe(true);
    },
  ],
  ['7.1.2', 'a second close is not answered', ends(1000, closeFrame(1000), closeFrame(1000))],
  ['7.1.3', 'a ping after a close is not answered', ends(1000, closeFrame(1000), frame('x', { opcode: PING }))],
  ['7.1.4', 'a message after a close is not handled', ends(1000, closeFrame(1000), after)],
  [
    '7.1.5',
    'a close inside a message ends it, and what follows is not handled',
    ends(1000, frame(half, { opcode: TEXT, fin: false }), closeFrame(1000), frame('', { opcode: 0 })),
  ],
  [
    '7.1.6',
    'a close after a large message and before another ends it, and no more is handled',
    ends(1000, frame(big), closeFrame(1000), after, frame('x', { opcode: PING })),
  ],
  ['7.3.1', 'a close without a payload is answered with one without', ends('empty', closeFrame())],
  ['7.3.2', 'a close with one byte closes with 1002', ends(1002, frame('a', { opcode: CLOSE }))],
  ['7.3.3', 'a close with a code is answered with it', ends(1000, closeFrame(1000))],
  ['7.3.4', 'a close with a reason is answered', ends(1000, closeFrame(1000, 'Hello World!'))],
  ['7.3.5', 'a close with the longest reason is answered', ends(1000, closeFrame(1000, '*'.repeat(123)))],
  ['7.3.6', 'a close with a reason too long closes with 1002', ends(1002, closeFrame(1000, '*'.repeat(124)))],
  [
    '7.5.1',
    'a close whose reason is no UTF-8 closes with 1007',
    ends(1007, closeFrame(1000, Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex'))),
  ],
];

const GOOD = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const BAD = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];

const goodCodes = GOOD.map((code, index): AutobahnCase => [
  `7.7.${index + 1}`,
  `the close code ${code} is answered with itself`,
  ends(code, closeFrame(code)),
]);
const badCodes = BAD.map((code, index): AutobahnCase => [
  `7.9.${index + 1}`,
  `the close code ${code} closes with 1002`,
  ends(1002, closeFrame(code)),
]);
const outOfRange = [5000, 65_535].map((code, index): AutobahnCase => [
  `7.13.${index + 1}`,
  `the close code ${code}, which nobody defined, closes with 1002`,
  ends(1002, closeFrame(code)),
]);

describe('Autobahn 7, closing:', () => {
  autobahnGroup([...handling, ...goodCodes, ...badCodes, ...outOfRange]);
});
