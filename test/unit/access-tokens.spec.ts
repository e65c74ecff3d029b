import { JwtService } from '@nestjs/jwt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { Keyring } from '../../src/auth/keyring.js';
import { Problem } from '../../src/common/problem.js';
import { loadSettings } from '../../src/config/env.js';
import { badTokens, goodToken } from '../support/bad-tokens.js';
import { TestClock } from '../support/test-clock.js';

const SECRET = 'the first secret of these tests, long enough';
const OLDER = 'the secret before that one, long enough too!';
const USER = '01890000-0000-7000-8000-000000000001';
const SESSION = '01890000-0000-7000-8000-000000000002';

function tokens({ secret = SECRET, previous = undefined as string | undefined, clock = new TestClock() } = {}) {
  const { auth } = loadSettings({
    NODE_ENV: 'test',
    DATABASE_URL: 'sqlite::memory:',
    JWT_SECRET: secret,
    JWT_SECRET_PREVIOUS: previous,
  });
  return new AccessTokens(new JwtService(), new Keyring(auth), clock, auth);
}

function refusal(verify: () => unknown): string | undefined {
  try {
    verify();
    return undefined;
  } catch (error) {
    return error instanceof Problem ? error.code : String(error);
  }
}

const parts = { secret: SECRET, userId: USER, sessionId: SESSION, now: Math.floor(new TestClock().now() / 1000) };

describe('an access token', () => {
  it('says who it was issued to and until when', () => {
    const clock = new TestClock();
    const { token, expiresAt } = tokens({ clock }).issue(USER, SESSION);
    expect(expiresAt).toBe(clock.now() + 15 * 60_000);
    expect(tokens({ clock }).verify(token)).toMatchObject({ userId: USER, sessionId: SESSION, expiresAt });
  });

  it('is good without a key id too, so that the table below is about what it says', () => {
    expect(tokens().verify(goodToken(parts))).toMatchObject({ userId: USER, sessionId: SESSION });
  });

  it.each(Object.entries(badTokens(parts)))('is refused for: %s', (_what, token) => {
    expect(refusal(() => tokens().verify(token))).toBe('token_invalid');
  });

  it('expires at the moment it says', async () => {
    const clock = new TestClock();
    const { token } = tokens({ clock }).issue(USER, SESSION);
    await clock.advance(15 * 60_000 - 1);
    expect(refusal(() => tokens({ clock }).verify(token))).toBeUndefined();
    await clock.advance(1);
    expect(refusal(() => tokens({ clock }).verify(token))).toBe('token_expired');
  });

  it('does not survive any change of any of its characters', () => {
    const verifier = tokens();
    const { token } = verifier.issue(USER, SESSION);
    // From here on it is known.
    verifier.verify(token);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \u0000';
    const mutation = fc.record({
      at: fc.nat({ max: token.length - 1 }),
      remove: fc.nat({ max: 3 }),
      insert: fc.string({ unit: fc.constantFrom(...alphabet.split('')), maxLength: 3 }),
    });
    fc.assert(
      fc.property(mutation, ({ at, remove, insert }) => {
        const mutated = token.slice(0, at) + insert + token.slice(at + remove);
        fc.pre(mutated !== token);
        expect(refusal(() => verifier.verify(mutated))).toBe('token_invalid');
      }),
      { seed: 20260101, numRuns: 10_000 },
    );
  });
});

describe('two keys at once', () => {
  it('accept what either signed, while the first one signs', () => {
    const old = tokens({ secret: OLDER }).issue(USER, SESSION).token;
    const rotated = tokens({ secret: SECRET, previous: OLDER });
    expect(refusal(() => rotated.verify(old))).toBeUndefined();
    const fresh = rotated.issue(USER, SESSION).token;
    expect(refusal(() => tokens({ secret: SECRET }).verify(fresh))).toBeUndefined();
    expect(refusal(() => tokens({ secret: OLDER }).verify(fresh))).toBe('token_invalid');
  });

  it('forget the old one when it is taken out', () => {
    const old = tokens({ secret: OLDER }).issue(USER, SESSION).token;
    expect(refusal(() => tokens({ secret: SECRET }).verify(old))).toBe('token_invalid');
  });

  it('do not let the key id of one stand over the signature of the other', () => {
    const [head = ''] = tokens({ secret: SECRET }).issue(USER, SESSION).token.split('.');
    const [, body = '', signature = ''] = tokens({ secret: OLDER }).issue(USER, SESSION).token.split('.');
    const mixed = `${head}.${body}.${signature}`;
    expect(refusal(() => tokens({ secret: SECRET, previous: OLDER }).verify(mixed))).toBe('token_invalid');
  });
});
