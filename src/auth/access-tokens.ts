import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { z } from 'zod';
import { Clock } from '../common/clock.js';
import { freshId } from '../common/ids.js';
import { Problem } from '../common/problem.js';
import { AuthSettings } from '../config/settings.js';
import { Keyring } from './keyring.js';

const ISSUER = 'hadir';
const AUDIENCE = 'hadir-api';
/** Far more than a token of ours is long. */
const MAX_LENGTH = 4096;
/** So many tokens found good are known again: who comes back within minutes shows the same one. */
const MAX_KNOWN = 4096;

/** What a token is trusted for once its signature holds. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly tokenId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** One for all: they differ in nothing, and there may be thousands a second. */
const WRONG_SIGNATURE = new Problem('token_invalid');

/** So few letters are a text of their own: a longer piece would keep the whole token in memory. */
const TAIL = 12;

interface Known {
  readonly print: string;
  readonly claims: AccessClaims;
}

const headerSchema = z.strictObject({ alg: z.literal('HS256'), typ: z.literal('JWT'), kid: z.string().optional() });

const seconds = z.number().int().nonnegative();
const payloadSchema = z.object({
  iss: z.literal(ISSUER),
  aud: z.literal(AUDIENCE),
  sub: z.uuid(),
  sid: z.uuid(),
  jti: z.uuid(),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
});

/** Access tokens: JWTs by HS256 that name a user and a session, and are good for minutes. */
@Injectable()
export class AccessTokens {
  /** By the end of the token, the longest known first. Tokens themselves are not kept: their hash says which it was. */
  private readonly known = new Map<string, Known>();
  /** The header that was read last: all our tokens of one key have the same. */
  private header: { readonly text: string; readonly kid: string | undefined } = { text: '', kid: undefined };

  constructor(
    private readonly jwt: JwtService,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly settings: AuthSettings,
  ) {}

  /** @param latest when the session ends for good, ms since the epoch: its tokens end in that second too */
  issue(userId: string, sessionId: string, latest = Infinity): { token: string; expiresAt: number } {
    const now = this.clock.now();
    const iat = Math.floor(now / 1000);
    const exp = Math.ceil(Math.min(now + this.settings.accessTokenTtlMs, latest) / 1000);
    const { id: keyid, key } = this.keyring.signing;
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: userId, sid: sessionId, jti: freshId(), iat, exp };
    return {
      token: this.jwt.sign(claims, { secret: key as unknown as string, algorithm: 'HS256', keyid }),
      expiresAt: exp * 1000,
    };
  }

  /** @throws Problem token_invalid, token_expired */
  verify(token: string): AccessClaims {
    const claims = this.judge(token);
    if (claims instanceof Problem) throw claims;
    return claims;
  }

  /** As `verify`, for whoever refuses by the thousand. @returns what `verify` throws, where the signature is wrong */
  judge(token: string): AccessClaims | Problem {
    const tail = token.slice(-TAIL);
    const known = this.known.get(tail);
    if (known && known.print === printOf(token)) return this.unlessExpired(known.claims, tail);
    const [header, payload, signature] = split(token);
    if (!this.signerOf(header, payload, signature)) return WRONG_SIGNATURE;
    const claims = this.claims(parseBase64Json(payload));
    this.remember(tail, { print: printOf(token), claims });
    return claims;
  }

  /** The key a token is signed by, for those who verify it themselves. @throws Problem token_invalid */
  keyOf(token: string): KeyObject {
    const key = this.signerOf(...split(token));
    if (!key) throw new Problem('token_invalid');
    return key;
  }

  /** What the signed payload says, once it is found to say all of it. @throws Problem token_invalid, token_expired */
  claims(payload: unknown): AccessClaims {
    const read = payloadSchema.safeParse(payload);
    if (!read.success) throw new Problem('token_invalid');
    const { sub, sid, jti, exp, nbf = 0 } = read.data;
    const now = this.clock.now();
    if (nbf * 1000 > now) throw new Problem('token_invalid');
    if (exp * 1000 <= now) throw new Problem('token_expired');
    return { userId: sub, sessionId: sid, tokenId: jti, expiresAt: exp * 1000 };
  }

  private unlessExpired(claims: AccessClaims, tail: string): AccessClaims {
    if (claims.expiresAt > this.clock.now()) return claims;
    this.known.delete(tail);
    throw new Problem('token_expired');
  }

  private remember(tail: string, known: Known): void {
    this.known.set(tail, known);
    if (this.known.size <= MAX_KNOWN) return;
    for (const longestKnown of this.known.keys()) {
      this.known.delete(longestKnown);
      return;
    }
  }

  /** @throws Problem token_invalid */
  private kidOf(header: string): string | undefined {
    if (header !== this.header.text) this.header = { text: header, kid: readHeader(header).kid };
    return this.header.kid;
  }

  /** Of the keys that the header allows, the one that the signature is made with. */
  private signerOf(header: string, payload: string, signature: string): KeyObject | undefined {
    const kid = this.kidOf(header);
    const text = `${header}.${payload}`;
    return this.keyring.all.find(({ id, key }) => (kid === undefined || kid === id) && isSigned(text, signature, key))
      ?.key;
  }
}

function printOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** @throws Problem token_invalid */
function split(token: string): [header: string, payload: string, signature: string] {
  const [header, payload, signature, ...more] = token.length <= MAX_LENGTH ? token.split('.') : [];
  if (!header || !payload || !signature || more.length > 0) throw new Problem('token_invalid');
  return [header, payload, signature];
}

/** Compared as text: a signature can be written in one way only. */
function isSigned(text: string, signature: string, key: KeyObject): boolean {
  const right = Buffer.from(createHmac('sha256', key).update(text).digest('base64url'));
  const shown = Buffer.from(signature);
  return shown.length === right.length && timingSafeEqual(shown, right);
}

/** @throws Problem token_invalid */
function readHeader(header: string): z.infer<typeof headerSchema> {
  const read = headerSchema.safeParse(parseBase64Json(header));
  if (!read.success) throw new Problem('token_invalid');
  return read.data;
}

function parseBase64Json(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
