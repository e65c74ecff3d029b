import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { randomToken } from '../common/ids.js';
import { Keyring } from './keyring.js';

/** Refresh tokens: 256 random bits that only the client holds in readable form. */
@Injectable()
export class RefreshTokens {
  private readonly key: KeyObject;

  constructor(keyring: Keyring) {
    this.key = keyring.derive('refresh tokens');
  }

  issue(): string {
    return randomToken(32);
  }

  /** The token that follows this one: always the same, so that an answer that got lost can be given again. */
  successor(token: string): string {
    return createHmac('sha256', this.key).update(token).digest('base64url');
  }

  /** What of a token is stored. */
  hash(token: string): string {
    return createHash('sha256').update(token).digest('hex');
  }
}
