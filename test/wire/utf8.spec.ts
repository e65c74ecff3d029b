import { describe, expect } from 'vitest';
import { type AutobahnCase, autobahnGroup } from './autobahn.js';
import { envelopeOf, frame, TEXT, type WireClient } from './wire-client.js';

/** Text that is no envelope is answered with an error: it was taken as text, and the connection lives. */
async function taken(client: WireClient): Promise<void> {
  await client.raw.until(() => client.raw.received.includes('"bad_json"') || undefined, 'bad_json');
  await client.lives();
}

async function refused(client: WireClient): Promise<void> {
  expect(await client.closed()).toBe(1007);
  expect(client.raw.received.includes('"error"')).toBe(false);
}

/** A message whose first fragments are these; the last is finished. */
function parts(pieces: Buffer[]): Buffer {
  return Buffer.concat(
    pieces.map((piece, index) => frame(piece, { opcode: index === 0 ? TEXT : 0, fin: index === pieces.length - 1 })),
  );
}

const whole = (hex: string) => [Buffer.from(hex, 'hex')];
const bytewise = (hex: string) => [...Buffer.from(hex, 'hex')].map((byte) => Buffer.from([byte]));

const KOSME = 'cebae1bdb9cf83cebcceb5';
const BAD_END = 'eda080656469746564';

const withGoodText: AutobahnCase[] = [
  [
    '6.1.2',
    'three empty fragments are an empty text',
    sent(
      ['', '', ''].map((text) => Buffer.from(text)),
      true,
    ),
  ],
  [
    '6.1.3',
    'empty fragments around a message change nothing',
    async (client) => {
      client.write(parts(['', envelopeOf('case'), ''].map((text) => Buffer.from(text))));
      await client.reply('case');
    },
  ],
  ['6.2.1', 'text of many scripts in one frame is taken', sent([Buffer.from('Hello-µ@ßöäüàá-UTF-8!!')], true)],
  [
    '6.2.2',
    'text cut between two characters is taken',
    sent([Buffer.from('Hello-µ@ßöä'), Buffer.from('üàá-UTF-8!!')], true),
  ],
  ['6.2.3', 'text cut into single bytes is taken', sent(bytewise(Buffer.from('Hello-µ@ßöäüàá').toString('hex')), true)],
  ['6.2.4', 'Greek cut into single bytes is taken', sent(bytewise(KOSME), true)],
  ['6.3.1', 'text with a surrogate in the middle closes with 1007', sent(whole(KOSME + BAD_END), false)],
  ['6.3.2', 'the same cut into single bytes closes with 1007', sent(bytewise(KOSME + BAD_END), false)],
  [
    '6.4.1',
    'a code point too high in the second fragment closes with 1007',
    sent([...whole(KOSME), ...whole('f4908080'), ...whole('656469746564')], false),
  ],
  [
    '6.4.2',
    'a character that goes wrong over two fragments closes with 1007',
    sent([...whole(`${KOSME}f4`), ...whole('908080'), ...whole('656469746564')], false),
  ],
];

function sent(pieces: Buffer[], isGood: boolean): AutobahnCase[2] {
  return async (client) => {
    client.write(parts(pieces));
    await (isGood ? taken(client) : refused(client));
  };
}

/** The last two code points of each of the 17 planes: no characters, and good UTF-8 all the same. */
const nonCharacters = Array.from({ length: 34 }, (_, index) => {
  const point = (index >> 1) * 0x10000 + 0xfffe + (index % 2);
  return `+${Buffer.from(String.fromCodePoint(point)).toString('hex')}`;
});

/** Autobahn's sequences by group: `+` is text, `-` is not. */
const groups: Record<string, string[]> = {
  '6.5': ['+cebae1bdb9cf83cebcceb5'],
  '6.6': [
    '-ce',
    '+ceba',
    '-cebae1',
    '-cebae1bd',
    '+cebae1bdb9',
    '-cebae1bdb9cf',
    '+cebae1bdb9cf83',
    '-cebae1bdb9cf83ce',
    '+cebae1bdb9cf83cebc',
    '-cebae1bdb9cf83cebcce',
    '+cebae1bdb9cf83cebcceb5',
  ],
  '6.7': ['+00', '+c280', '+e0a080', '+f0908080'],
  '6.8': ['-f888808080', '-fc8480808080'],
  '6.9': ['+7f', '+dfbf', '+efbfbf', '+f48fbfbf'],
  '6.10': ['-f7bfbfbf', '-fbbfbfbfbf', '-fdbfbfbfbfbf'],
  '6.11': ['+ed9fbf', '+ee8080', '+efbfbd', '+f48fbfbf', '-f4908080'],
  '6.12': [
    '-80',
    '-bf',
    '-80bf',
    '-80bf80',
    '-80bf80bf',
    '-80bf80bf80',
    '-80bf80bf80bf',
    '-808182838485868788898a8b8c8d8e8f',
  ],
  '6.13': ['-c020c120c220', '-e020e120e220', '-f020f120f220', '-f820f920fa20', '-fc20fd20'],
  '6.14': [
    '-c0',
    '-e080',
    '-f08080',
    '-f8808080',
    '-fc80808080',
    '-df',
    '-efbf',
    '-f7bfbf',
    '-fbbfbfbf',
    '-fdbfbfbfbf',
  ],
  '6.15': ['-c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf'],
  '6.16': ['-fe', '-ff', '-fefeffff'],
  '6.17': ['-c0af', '-e080af', '-f08080af', '-f8808080af', '-fc80808080af'],
  '6.18': ['-c1bf', '-e09fbf', '-f08fbfbf', '-f887bfbfbf', '-fc83bfbfbfbf'],
  '6.19': ['-c080', '-e08080', '-f0808080', '-f880808080', '-fc8080808080'],
  '6.20': ['-eda080', '-edadbf', '-edae80', '-edafbf', '-edb080', '-edbe80', '-edbfbf'],
  '6.21': [
    '-eda080edb080',
    '-eda080edbfbf',
    '-edadbfedb080',
    '-edadbfedbfbf',
    '-edae80edb080',
    '-edae80edbfbf',
    '-edafbfedb080',
    '-edafbfedbfbf',
  ],
  '6.22': nonCharacters,
  '6.23': ['+efbfb9', '+efbfba', '+efbfbb', '+efbfbc', '+efbfbd', '+efbfbe', '+efbfbf'],
};

const sequences = Object.entries(groups).flatMap(([group, list]) =>
  list.map((entry, index): AutobahnCase => {
    const [isGood, hex] = [entry.startsWith('+'), entry.slice(1)];
    const title = `the bytes ${hex} ${isGood ? 'are taken as text' : 'close with 1007'}`;
    return [`${group}.${index + 1}`, title, sent(index % 2 === 0 ? whole(hex) : bytewise(hex), isGood)];
  }),
);

const emptyText: AutobahnCase = [
  '6.1.1',
  'an empty text is no envelope, and does no harm',
  sent([Buffer.alloc(0)], true),
];

describe('Autobahn 6, UTF-8:', () => {
  autobahnGroup([emptyText, ...withGoodText, ...sequences]);
});
