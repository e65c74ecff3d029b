import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Observable, tap } from 'rxjs';
import type { Identity } from '../auth/identity.js';
import { isRefusal, SecurityLog } from '../auth/security-log.js';
import { Problem } from '../common/problem.js';
import { type NotedRequest, pathForLogs } from '../common/request.js';

/** Writes down who wanted what of a room that is not theirs. */
@Injectable()
export class RefusalsInterceptor implements NestInterceptor {
  constructor(private readonly security: SecurityLog) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap({ error: (error: unknown) => this.note(error, context) }));
  }

  private note(error: unknown, context: ExecutionContext): void {
    if (!(error instanceof Problem && isRefusal(error.code))) return;
    const request = context.switchToHttp().getRequest<NotedRequest & { user: Identity }>();
    const { clientAddress: address, method } = request;
    const what = { method, path: pathForLogs(request), reason: error.code };
    this.security.record('room_refused', { user_id: request.user.userId, address, ...what });
  }
}
