import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { freshId } from '../common/ids.js';
import { AccessTokens } from './access-tokens.js';
import type { Identity } from './identity.js';
import { Sessions } from './sessions.service.js';

/** The bearer token of an HTTP call: judged by AccessTokens as on /ws, and good only while its session goes on. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) implements OnApplicationShutdown {
  /** Passport keeps its strategies by name for the whole process, which may hold several apps: each has a name of its own. */
  readonly id = `jwt ${freshId()}`;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly sessions: Sessions,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      algorithms: ['HS256'],
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
      secretOrKeyProvider: (_request, token: string, done) => {
        try {
          done(null, tokens.keyOf(token) as never);
        } catch (problem) {
          done(problem);
        }
      },
    });
    passport.use(this.id, this);
  }

  onApplicationShutdown(): void {
    passport.unuse(this.id);
  }

  async validate(payload: unknown): Promise<Identity> {
    return this.sessions.requireAlive(this.tokens.claims(payload));
  }
}
