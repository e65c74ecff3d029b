import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { randomToken } from '../common/ids.js';
import { Keyring } from './keyring.js';

/** Refresh tokens: 256 random bits that only the client holds in readable form. */
@Injectable()
export class RefreshTokens {
  private readonly keys: readonly KeyObject[];

  constructor(keyring: Keyring) {
    this.keys = keyring.derive('refresh tokens');
  }

  issue(): string {
    return randomToken(32);
  }

  /** The token that follows this one: always the same, so that an answer that got lost can be given again. */
  successor(token: string): string {
    const [now = ''] = this.successors(token);
    return now;
  }

  /** The one that follows now, then those that followed under the keys before. */
  successors(token: string): string[] {
    return this.keys.map((key) => createHmac('sha256', key).update(token).digest('base64url'));
  }

  /** What of a token is stored. */
  hash(token: string): string {
    return createHash('sha256').update(token).digest('hex');
  }
}
