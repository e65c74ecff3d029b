import type { NextFunction, Request, Response } from 'express';

const PAGES = /^\/(docs|console)(\/|$)/i;
const CONDITIONS = ['if-none-match', 'if-modified-since', 'range'] as const;

/**
 * Answers are for this caller and this moment: nobody may keep them, and no condition spares sending them in full.
 * Express would answer 304 to `If-None-Match: *`, to clients that have nothing. The pages under /docs and /console see to it themselves.
 */
export function neverCached(request: Request, response: Response, next: NextFunction): void {
  if (!PAGES.test(request.path)) {
    for (const condition of CONDITIONS) delete request.headers[condition];
    response.setHeader('Cache-Control', 'no-store');
  }
  next();
}
