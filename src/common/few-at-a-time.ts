import type { NextFunction, Request, Response } from 'express';

/** A request takes one or two milliseconds of the event loop. */
const PER_TURN = 4;

/**
 * Middleware that begins a few requests in each turn of the event loop. Requests that arrive together would otherwise be
 * handled together, and sockets wait for all of them.
 */
export function fewAtATime(): (request: Request, response: Response, next: NextFunction) => void {
  const waiting: NextFunction[] = [];
  const begin = () => {
    for (const next of waiting.splice(0, PER_TURN)) next();
    if (waiting.length > 0) setImmediate(begin);
  };
  return (_request, _response, next) => {
    if (waiting.push(next) === 1) setImmediate(begin);
  };
}
