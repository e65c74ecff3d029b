import type { NextFunction, Request, Response } from 'express';
import { Problem } from '../common/problem.js';
import type { Origins } from './origins.service.js';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const HEADERS = 'Authorization, Content-Type, X-Request-Id';
const EXPOSED = 'X-Request-Id, Retry-After, Link';
/** How long a browser may remember the answer to a preflight, in seconds: a removed origin is out within it. */
const MAX_AGE_S = 60;
/** Refuses foreign origins by itself, in an answer the page may read: that is what it is for. */
const OPEN_ROUTE = '/api/v1/auth/ws-ticket';

/** Lets pages of whitelisted origins read our answers. Never with credentials: cookies count for nothing here. */
export function cors(origins: Origins) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    response.vary('Origin');
    if (origin === undefined) return next();
    const preflight = request.method === 'OPTIONS' && request.get('access-control-request-method') !== undefined;
    if (!origins.isAllowed(origin) && request.path !== OPEN_ROUTE) {
      return next(preflight ? new Problem('origin_not_allowed') : undefined);
    }
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', EXPOSED);
    if (preflight) answerPreflight(response);
    else next();
  };
}

function answerPreflight(response: Response): void {
  response.setHeader('Access-Control-Allow-Methods', METHODS);
  response.setHeader('Access-Control-Allow-Headers', HEADERS);
  response.setHeader('Access-Control-Max-Age', MAX_AGE_S);
  response.status(204).end();
}
