import type { NextFunction, Request, Response } from 'express';
import type { Metrics } from './metrics.js';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts and times every HTTP request, also those that no route takes or whose body cannot be read. */
export function countRequests(metrics: Metrics) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const start = process.hrtime.bigint();
    response.once('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      const method = METHODS.has(request.method) ? request.method : 'other';
      metrics.httpRequest(method, typeof route === 'string' ? route : 'none', response.statusCode, seconds);
    });
    next();
  };
}
