import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Problem } from '../common/problem.js';
import { type NotedRequest, pathForLogs } from '../common/request.js';
import { ADMIN_ONLY, PUBLIC } from './access.js';
import type { Identity } from './identity.js';
import { JwtStrategy } from './jwt.strategy.js';
import { SecurityLog } from './security-log.js';

/** Lets a call in when its route is public, or when a good access token says who is calling. */
@Injectable()
export class JwtAuthGuard extends AuthGuard() {
  constructor(
    private readonly reflector: Reflector,
    strategy: JwtStrategy,
    private readonly security: SecurityLog,
  ) {
    super({ defaultStrategy: strategy.id });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http' || this.says(PUBLIC, context)) return true;
    return (await super.canActivate(context)) as boolean;
  }

  override handleRequest<User = Identity>(
    error: unknown,
    user: User | false,
    info: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error instanceof Error ? error : new Error('the strategy failed', { cause: error });
    const problem = problemOf(user, info, context);
    if (problem?.code === 'token_invalid')
      this.security.record('token_refused', { ...callOf(context), reason: problem.code });
    if (!user) throw problem ?? new Problem('token_invalid');
    if (this.says(ADMIN_ONLY, context)) this.requireAdmin(user as unknown as Identity, context);
    return user;
  }

  private requireAdmin({ role, userId }: Identity, context: ExecutionContext): void {
    if (role === 'admin') return;
    this.security.record('admin_refused', { user_id: userId, ...callOf(context) });
    throw new Problem('admin_only');
  }

  private says(mark: string, context: ExecutionContext): boolean {
    return this.reflector.getAllAndOverride<boolean>(mark, [context.getHandler(), context.getClass()]) ?? false;
  }
}

/** What the strategy found wrong; undefined where it knows the user. */
function problemOf(user: unknown, info: unknown, context: ExecutionContext): Problem | undefined {
  if (info instanceof Problem) return info;
  return user ? undefined : new Problem(hasBearer(context) ? 'token_invalid' : 'token_missing');
}

/** What a line of the security log says of a call. */
function callOf(context: ExecutionContext): object {
  const request = context.switchToHttp().getRequest<NotedRequest>();
  return { address: request.clientAddress, method: request.method, path: pathForLogs(request) };
}

function hasBearer(context: ExecutionContext): boolean {
  const { authorization = '' } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>().headers;
  return /^bearer\s+\S/i.test(authorization);
}
