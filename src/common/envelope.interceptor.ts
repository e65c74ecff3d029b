import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { ROUTE_ANSWERS, type RouteAnswers } from './api-doc.js';

/** Puts what a route returns into the success envelope, under the message its @Answers names. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const answers = Reflect.getMetadata(ROUTE_ANSWERS, context.getHandler()) as RouteAnswers | undefined;
    if (answers?.message === undefined) return next.handle();
    const { message } = answers;
    return next.handle().pipe(map((data: unknown) => ({ success: true, message, data: data ?? null })));
  }
}
