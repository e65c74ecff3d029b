import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import type { ProblemCode } from '../protocol/index.js';
import { allowedMethods } from './allowed-methods.js';
import { problemBody, problemHeaders } from './problem-body.js';
import { Problem } from './problem.js';
import type { NotedRequest } from './request.js';

const BY_STATUS: Record<number, ProblemCode> = {
  404: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
};
/** What a client is told to wait where nobody knows better, in milliseconds. */
const DEFAULT_RETRY_MS = 1000;

/** Answers every failure of an HTTP call with the one failure body. What is not expected is logged and becomes `internal`. */
@Catch()
export class ProblemHttpFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  /** @param asProblem tells what is expected, an outage of the database too, from a bug */
  constructor(private readonly asProblem: (error: unknown) => Problem | undefined) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<NotedRequest>(), http.getResponse<Response>());
  }

  answer(error: unknown, request: NotedRequest, response: Response): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = this.translate(error, request, response);
    this.log(problem, error, request);
    response.set(problemHeaders(problem));
    if (!request.complete) response.setHeader('Connection', 'close');
    // The route may have said already what it would have been.
    response.status(problem.entry.status).type('json').json(problemBody(problem, request.requestId));
  }

  private translate(error: unknown, request: NotedRequest, response: Response): Problem {
    const expected = this.asProblem(error);
    if (expected) return withRetry(expected);
    const status = httpStatus(error);
    if (status === 404) {
      const allowed = allowedMethods(request);
      if (allowed.length === 0 || allowed.includes(request.method)) return new Problem('not_found');
      response.setHeader('Allow', allowed.join(', '));
      return new Problem('method_not_allowed');
    }
    if (status !== undefined && status < 500) return new Problem(BY_STATUS[status] ?? 'bad_request');
    return new Problem('internal');
  }

  private log({ code, entry }: Problem, error: unknown, { requestId }: NotedRequest): void {
    if (code === 'internal') {
      this.logger.error(`internal request_id=${requestId}`, error instanceof Error ? error.stack : String(error));
    } else if (entry.log === 'warn' || entry.log === 'error') {
      const cause = error instanceof Problem ? '' : ` ${String(error)}`;
      this.logger[entry.log](`${code} request_id=${requestId}${cause}`);
    }
  }
}

function withRetry(problem: Problem): Problem {
  const { status } = problem.entry;
  if (problem.retryAfterMs !== undefined || (status !== 429 && status !== 503)) return problem;
  return new Problem(problem.code, {
    ...(problem.details && { details: problem.details }),
    retryAfterMs: DEFAULT_RETRY_MS,
  });
}

function httpStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : undefined;
}
