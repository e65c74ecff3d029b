import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import { addressKey } from '../common/client-address.js';
import { Problem } from '../common/problem.js';
import type { NotedRequest } from '../common/request.js';

/** One bucket per address for all of REST. Sockets have limits of their own. */
@Injectable()
export class RestThrottlerGuard extends ThrottlerGuard {
  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    return context.getType() !== 'http';
  }

  protected override async getTracker(request: Record<string, unknown>): Promise<string> {
    return addressKey((request as unknown as NotedRequest).clientAddress);
  }

  protected override generateKey(_context: ExecutionContext, tracker: string): string {
    return `rest:${tracker}`;
  }

  protected override async throwThrottlingException(
    _context: ExecutionContext,
    detail: ThrottlerLimitDetail,
  ): Promise<void> {
    throw new Problem('rate_limited', { retryAfterMs: detail.timeToBlockExpire * 1000 });
  }
}
