import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

export interface TokenParts {
  readonly secret: string;
  readonly userId: string;
  readonly sessionId: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

type Claims = Record<string, unknown>;

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = { alg: 'HS256', typ: 'JWT' };

function claims({ userId, sessionId, now }: TokenParts): Claims {
  const times = { iat: now, exp: now + 900 };
  return { iss: 'hadir', aud: 'hadir-api', sub: userId, sid: sessionId, jti: randomUUID(), ...times };
}

function forge(secret: string, header: object | string, payload: object | string, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
}

/** What a token needs to be good, for the tests that make it bad in one place. */
export function goodToken(parts: TokenParts): string {
  return forge(parts.secret, HEADER, claims(parts));
}

function unsigned(alg: string, payload: Claims): string {
  return `${encode({ alg, typ: 'JWT' })}.${encode(payload)}.`;
}

/** A token signed by a key pair of the attacker's, with the public key offered along with it. */
function signedByStranger(payload: Claims): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = `${encode({ alg: 'RS256', typ: 'JWT', jwk: publicKey.export({ format: 'jwk' }) })}.${encode(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

/** Tokens of which each is wrong in one way, by what is wrong. @param listener an address that nobody may be sent to */
export function badTokens(parts: TokenParts, listener = 'http://127.0.0.1:9'): Record<string, string> {
  const { secret, now } = parts;
  const good = claims(parts);
  const headed = (header: object) => forge(secret, { ...HEADER, ...header }, good);
  const saying = (change: Claims) => forge(secret, HEADER, { ...good, ...change });
  const [head, body] = goodToken(parts).split('.');
  return {
    'alg none': unsigned('none', good),
    'alg None': unsigned('None', good),
    'alg NONE': unsigned('NONE', good),
    'alg nOnE': unsigned('nOnE', good),
    'alg none with a signature': headed({ alg: 'none' }),
    'no alg': forge(secret, { typ: 'JWT' }, good),
    HS384: forge(secret, { ...HEADER, alg: 'HS384' }, good, 'sha384'),
    HS512: forge(secret, { ...HEADER, alg: 'HS512' }, good, 'sha512'),
    'RS256 with its own key': signedByStranger(good),
    'another secret': forge('another secret that is long enough, surely', HEADER, good),
    'the empty secret': forge('', HEADER, good),
    'empty signature': `${head}.${body}.`,
    'no signature': `${head}.${body}`,
    'four parts': `${goodToken(parts)}.x`,
    jwk: headed({ jwk: { kty: 'oct', k: encode(secret) } }),
    jku: headed({ jku: `${listener}/keys` }),
    x5u: headed({ x5u: `${listener}/cert` }),
    x5c: headed({ x5c: ['MIIB'] }),
    'kid of a file': headed({ kid: '../../../../dev/null' }),
    'kid of a query': headed({ kid: "' UNION SELECT 'key' --" }),
    'kid that is no text': headed({ kid: { a: 1 } }),
    crit: headed({ crit: ['exp'] }),
    b64: headed({ b64: false, crit: ['b64'] }),
    'another typ': headed({ typ: 'at+jwt' }),
    'header in duplicate': forge(secret, '{"alg":"HS256","typ":"JWT","alg":"none"}', good),
    'header that is no object': forge(secret, '"HS256"', good),
    'payload that is no object': forge(secret, HEADER, '"admin"'),
    'payload that is no JSON': forge(secret, HEADER, 'admin'),
    'no iss': saying({ iss: undefined }),
    'another iss': saying({ iss: 'somebody' }),
    'no aud': saying({ aud: undefined }),
    'another aud': saying({ aud: 'another-api' }),
    'aud in a list': saying({ aud: ['hadir-api', 'another-api'] }),
    'no sub': saying({ sub: undefined }),
    'sub that is no id': saying({ sub: 'admin' }),
    'sub that is no text': saying({ sub: { $ne: null } }),
    'no sid': saying({ sid: undefined }),
    'sid that is no text': saying({ sid: 1 }),
    'no jti': saying({ jti: undefined }),
    'no iat': saying({ iat: undefined }),
    'no exp': saying({ exp: undefined }),
    'exp as a text': saying({ exp: String(now + 900) }),
    'exp beyond numbers': forge(secret, HEADER, JSON.stringify(good).replace(String(now + 900), '1e999')),
    'nbf ahead': saying({ nbf: now + 600 }),
    'nbf as a text': saying({ nbf: '0' }),
    'nothing but dots': '..',
    'very long': `${'A'.repeat(8000)}.e30.x`,
  };
}
