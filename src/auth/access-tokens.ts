import type { KeyObject } from 'node:crypto';
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

/** What a token is trusted for once its signature holds. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly tokenId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
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
  constructor(
    private readonly jwt: JwtService,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly settings: AuthSettings,
  ) {}

  issue(userId: string, sessionId: string): { token: string; expiresAt: number } {
    const now = this.clock.now();
    const iat = Math.floor(now / 1000);
    const exp = Math.ceil((now + this.settings.accessTokenTtlMs) / 1000);
    const { id: keyid, key } = this.keyring.signing;
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: userId, sid: sessionId, jti: freshId(), iat, exp };
    return {
      token: this.jwt.sign(claims, { secret: key as unknown as string, algorithm: 'HS256', keyid }),
      expiresAt: exp * 1000,
    };
  }

  /** @throws Problem token_invalid, token_expired */
  verify(token: string): AccessClaims {
    for (const key of this.candidates(token)) {
      const payload = this.payload(token, key);
      if (payload !== undefined) return this.claims(payload);
    }
    throw new Problem('token_invalid');
  }

  /** The key a token has to be verified by, for those who do that themselves. @throws Problem token_invalid */
  keyOf(token: string): KeyObject {
    const candidates = this.candidates(token);
    const [only] = candidates;
    const key = candidates.length === 1 ? only : candidates.find((each) => this.payload(token, each) !== undefined);
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

  /** The key that the token's header names; where it names none, all. @throws Problem token_invalid */
  private candidates(token: string): KeyObject[] {
    const { kid } = readHeader(token);
    return this.keyring.all.filter(({ id }) => kid === undefined || kid === id).map(({ key }) => key);
  }

  private payload(token: string, key: KeyObject): unknown {
    try {
      const secret = key as unknown as string;
      return this.jwt.verify<object>(token, {
        secret,
        algorithms: ['HS256'],
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
    } catch {
      return undefined;
    }
  }
}

function readHeader(token: string): z.infer<typeof headerSchema> {
  const parts = token.length <= MAX_LENGTH ? token.split('.') : [];
  if (parts.length === 3) {
    const header = headerSchema.safeParse(parseBase64Json(parts[0] ?? ''));
    if (header.success) return header.data;
  }
  throw new Problem('token_invalid');
}

function parseBase64Json(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
