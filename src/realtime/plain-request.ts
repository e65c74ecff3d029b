import type { NextFunction, Request, Response } from 'express';
import { Problem } from '../common/problem.js';
import { SOCKET_PATH } from './checks/path.js';

/** Answers requests to /ws that do not ask for an upgrade: a wrong method, or no WebSocket at all. */
export function refusePlainRequests(request: Request, response: Response, next: NextFunction): void {
  const [path] = request.url.split('?', 1);
  if (path !== SOCKET_PATH) return next();
  if (request.method !== 'GET') {
    response.setHeader('Allow', 'GET');
    return next(new Problem('method_not_allowed'));
  }
  response.setHeader('Upgrade', 'websocket').setHeader('Sec-WebSocket-Version', '13');
  next(new Problem('upgrade_required'));
}
