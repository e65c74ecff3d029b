import { createHash, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuthSettings } from '../config/settings.js';

/** A key by its name: a fingerprint that stands in the header of what it signed. */
interface NamedKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The signing keys: the first signs, all of them are accepted, so that a secret can be changed without logging anybody out. */
@Injectable()
export class Keyring {
  readonly signing: NamedKey;
  readonly all: readonly NamedKey[];
  private readonly secrets: readonly string[];

  constructor({ jwtSecrets }: AuthSettings) {
    const [first, ...others] = jwtSecrets.map(named);
    if (!first) throw new Error('a keyring needs a key');
    this.signing = first;
    this.all = [first, ...others];
    this.secrets = jwtSecrets;
  }

  /** Keys for another purpose, in the order of the ring, of which nothing about the signing keys can be learned. */
  derive(purpose: string): KeyObject[] {
    return this.secrets.map((secret) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `hadir ${purpose}`, 32))),
    );
  }
}

function named(secret: string): NamedKey {
  const id = createHash('sha256').update('hadir key id').update(secret).digest('base64url').slice(0, 8);
  return { id, key: createSecretKey(Buffer.from(secret)) };
}
