import type { NestExpressApplication } from '@nestjs/platform-express';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { Problem } from './problem.js';

/** The largest body that is read, in bytes. */
const MAX_BYTES = 64 * 1024;
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads JSON objects from the bodies of requests; whatever else they hold is refused before a route is looked for. */
export function useJsonBodies(app: NestExpressApplication): void {
  app.use(refuseOtherMediaTypes);
  app.useBodyParser('raw', { type: mayHaveBody, limit: MAX_BYTES, inflate: false });
  app.use(parseBody);
}

function mayHaveBody({ method }: IncomingMessage): boolean {
  return WITH_BODY.has(method ?? '');
}

function refuseOtherMediaTypes(request: Request, _response: Response, next: NextFunction): void {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  const hasBody = encoding !== undefined || Number(length ?? 0) > 0;
  next(
    mayHaveBody(request) && hasBody && !request.is('application/json')
      ? new Problem('unsupported_media_type')
      : undefined,
  );
}

function parseBody(request: Request, _response: Response, next: NextFunction): void {
  if (!Buffer.isBuffer(request.body) || request.body.length === 0) {
    request.body = undefined;
    return next();
  }
  try {
    request.body = parseObject(request.body);
  } catch (problem) {
    return next(problem);
  }
  next();
}

function parseObject(bytes: Buffer): object {
  const value = parse(bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Problem('validation_failed', { details: [{ field: 'body', message: 'must be an object' }] });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes), refuseForbiddenKeys);
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('bad_json');
  }
}

function refuseForbiddenKeys(key: string, value: unknown): unknown {
  if (!FORBIDDEN_KEYS.has(key)) return value;
  throw new Problem('validation_failed', { details: [{ field: key, message: 'is not a known field' }] });
}
