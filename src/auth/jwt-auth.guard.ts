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
    if (info instanceof Problem) throw info;
    if (!user) throw new Problem(hasBearer(context) ? 'token_invalid' : 'token_missing');
    if (this.says(ADMIN_ONLY, context)) this.requireAdmin(user as unknown as Identity, context);
    return user;
  }

  private requireAdmin({ role, userId }: Identity, context: ExecutionContext): void {
    if (role === 'admin') return;
    const request = context.switchToHttp().getRequest<NotedRequest>();
    const { clientAddress: address, method } = request;
    this.security.record('admin_refused', { user_id: userId, address, method, path: pathForLogs(request) });
    throw new Problem('admin_only');
  }

  private says(mark: string, context: ExecutionContext): boolean {
    return this.reflector.getAllAndOverride<boolean>(mark, [context.getHandler(), context.getClass()]) ?? false;
  }
}

function hasBearer(context: ExecutionContext): boolean {
  const { authorization = '' } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>().headers;
  return /^bearer\s+\S/i.test(authorization);
}
