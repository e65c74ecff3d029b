import { Logger } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { type NotedRequest, pathForLogs } from './request.js';

const logger = new Logger('request');

/** One line per HTTP call. */
export function logRequests(request: NotedRequest, response: Response, next: NextFunction): void {
  const start = performance.now();
  const path = pathForLogs(request);
  response.once('close', () => {
    const ms = Math.round(performance.now() - start);
    const status = response.writableFinished ? response.statusCode : 'aborted';
    logger.log({ method: request.method, path, status, ms, request_id: request.requestId });
  });
  next();
}
