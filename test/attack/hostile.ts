import { readFileSync } from 'node:fs';
import fc from 'fast-check';

interface Hostile {
  /** Texts that have broken somebody's server before. */
  readonly texts: string[];
  /** What is no text. */
  readonly values: unknown[];
  /** Whole bodies that are no JSON of an object, or that JSON.stringify would not write. */
  readonly bodies: string[];
  /** Parts of a path as they stand there, not to be escaped. */
  readonly segments: string[];
  /** Names of fields and of query parameters that nobody declared. */
  readonly names: string[];
}

const { texts, values, bodies, segments, names } = JSON.parse(
  readFileSync(new URL('hostile.json', import.meta.url), 'utf8'),
) as Hostile;

const deep = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
const MANY_KEYS = `{${Array.from({ length: 3000 }, (_, index) => `"k${index}":${index}`).join(',')}}`;
const LONG_TEXTS = ['Ω'.repeat(300), 'x'.repeat(256), 'x'.repeat(5000), `${'a'.repeat(64)}@${'b'.repeat(180)}.com`];
const LARGE_VALUES = [Array.from({ length: 300 }, () => 'x'), deep('[', ']', 200), deep('{"a":', '}', 200)].map(
  (value): unknown => (typeof value === 'string' ? JSON.parse(value) : value),
);
const LARGE_BODIES = [
  deep('[', ']', 1000),
  deep('{"a":', '}', 1000),
  '['.repeat(30_000),
  '{"a":'.repeat(9000),
  `{"a":"${'x'.repeat(66_000)}"}`,
  MANY_KEYS,
  `{"email":${'9'.repeat(3000)}}`,
];

export const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts, ...LONG_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 120 }) },
);

export const json: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 3, arbitrary: fc.constantFrom(...values, ...LARGE_VALUES) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

export const body = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...bodies) },
  { weight: 1, arbitrary: fc.constantFrom(...LARGE_BODIES) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 4 }) },
);

export const segment = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...segments) },
  {
    weight: 1,
    arbitrary: text.filter((each) => each !== '').map((each) => encodeURIComponent(Buffer.from(each).toString())),
  },
);

export const name = fc.constantFrom(...names);

/** What may stand in a header by the letter of HTTP. */
const headerText = text.map((each) =>
  Buffer.from(each)
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '?')
    .slice(0, 3000),
);
const one = (header: string, ...likely: string[]) =>
  fc.oneof(fc.constantFrom(...likely), headerText).map((value): [string, string] => [header, value]);

/** Headers that servers and what they are made of have fallen over, or have believed. */
export const header = fc.oneof(
  one('X-Request-Id', 'abc', 'a b'),
  one('User-Agent', 'x'.repeat(3000)),
  one('Accept', '*/*', 'text/html', 'application/xml;q=0.9', ';;;,'),
  one('Accept-Encoding', 'gzip', 'br;q=1, identity;q=0'),
  one('Accept-Language', 'id', 'x'.repeat(500)),
  one('Origin', 'https://yourapp.com', 'null', 'https://evil.test'),
  one('Cookie', 'token=x', '__proto__=x; a', '%'),
  one('X-Forwarded-For', '127.0.0.1', '::1, unknown', ','.repeat(500)),
  one('X-Forwarded-Host', 'evil.test'),
  one('X-Forwarded-Proto', 'https'),
  one('X-HTTP-Method-Override', 'DELETE', 'GET'),
  one('X-Original-URL', '/api/v1/admin/users'),
  one('If-None-Match', '*', 'W/"x"'),
  one('If-Modified-Since', 'never'),
  one('Range', 'bytes=0-', 'bytes=-1'),
  one('Forwarded', 'for=127.0.0.1'),
  one('Expect', '100-continue', '200-ok'),
  one('Referer', 'x'),
  one('Via', '1.1 x'),
  one('X-Unknown', ''),
);
