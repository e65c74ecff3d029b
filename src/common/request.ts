import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { type Cidr, clientAddress } from './client-address.js';
import { freshId } from './ids.js';

/** A request with what Hadir notes about it on arrival. */
export interface NotedRequest extends Request {
  requestId: string;
  clientAddress: string;
}

/** As much of a User-Agent as is kept. */
const MAX_USER_AGENT = 255;
const REQUEST_ID = /^[\w.:-]{1,64}$/;
/** Longer than an id, as tokens and tickets are. */
const SECRET = /[\w-]{37,}/g;
const MAX_PATH = 200;

/** Notes who is calling and by what id the call is known, in logs as in answers. */
export function noteRequest(trustedProxies: readonly Cidr[]) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get('x-request-id') ?? '';
    const noted = Object.assign(request, {
      requestId: REQUEST_ID.test(given) ? given : freshId(),
      clientAddress: clientAddress(request.socket.remoteAddress, request.get('x-forwarded-for'), trustedProxies),
    });
    response.setHeader('X-Request-Id', noted.requestId);
    next();
  };
}

/** The address of a call without what may be a token: its query, and what somebody took for part of its path. */
export function pathForLogs({ originalUrl }: Request): string {
  const [path = ''] = originalUrl.split('?', 1);
  return path.replace(SECRET, '[redacted]').slice(0, MAX_PATH);
}

/** Where a call comes from. */
export interface Caller {
  readonly address: string;
  readonly userAgent: string | undefined;
}

/** What the client calls itself, cut to what fits where it is kept. */
export function userAgentOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return headers['user-agent']?.slice(0, MAX_USER_AGENT);
}

/** The Caller, as a parameter of a route. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const request = context.switchToHttp().getRequest<NotedRequest>();
  return { address: request.clientAddress, userAgent: userAgentOf(request) };
});
