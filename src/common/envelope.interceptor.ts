import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** Puts what a route returns into the success envelope. Set by @Answers on its route, so that no message of /ws goes through it. */
export class EnvelopeInterceptor implements NestInterceptor {
  constructor(private readonly message: string) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ success: true, message: this.message, data: data ?? null })));
  }
}
