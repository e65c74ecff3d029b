import { Algorithm, hash, parseOptions, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { randomToken } from '../common/ids.js';
import { HashGate } from './hash-gate.js';

/** OWASP's first choice for argon2id; memory in KiB. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Algorithm.Argon2id: a const enum is not there at run time. */
const ARGON2ID = 2 as Algorithm;

/** Hashes of passwords: argon2id, a fresh salt of 16 bytes each. */
@Injectable()
export class Passwords {
  private readonly gate = new HashGate();
  private readonly nobody = this.hash(randomToken());

  /** @throws Problem unavailable when too many are being hashed */
  hash(password: string): Promise<string> {
    return this.gate.pass(() => hash(password, { ...COST, algorithm: ARGON2ID }));
  }

  /** Runs a login, unless too many are under way. @throws Problem unavailable */
  admit<Result>(login: () => Promise<Result>): Promise<Result> {
    return this.gate.admit(login);
  }

  /** Compares with a hash, or does the same work where there is none. @throws Problem unavailable */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const hashed = stored ?? (await this.nobody);
    const same = await this.gate.pass(() => verify(hashed, password));
    return same && stored !== undefined;
  }

  /** Whether a hash was made when less was asked for. */
  isWeak(stored: string): boolean {
    const { algorithm, memoryCost, timeCost, parallelism } = parseOptions(stored);
    return (
      algorithm !== ARGON2ID ||
      memoryCost < COST.memoryCost ||
      timeCost < COST.timeCost ||
      parallelism < COST.parallelism
    );
  }
}
