import { Algorithm, hash, parseOptions, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { randomToken } from '../common/ids.js';
import { type PasswordContext, weaknessHere } from '../common/password-rules.js';
import { Problem } from '../common/problem.js';
import { ServerSettings } from '../config/settings.js';
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

  constructor(private readonly settings: ServerSettings) {}

  /** A user's new password. @param field where it was sent @throws Problem validation_failed, unavailable */
  async hashNew(password: string, owner: Omit<PasswordContext, 'origins'>, field: string): Promise<string> {
    const message = weaknessHere(password, { ...owner, origins: this.settings.allowedOrigins });
    if (message !== undefined) throw new Problem('validation_failed', { details: [{ field, message }] });
    return this.hash(password);
  }

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
