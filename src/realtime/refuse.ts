import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemBody, problemHeaders } from '../common/problem-body.js';
import type { Problem } from '../common/problem.js';
import type { ProblemCode } from '../protocol/index.js';

/** A client that does not hang up within this time after its refusal is cut off, in milliseconds. */
const LINGER_MS = 1000;

const headersOf: Partial<Record<ProblemCode, Record<string, string>>> = {
  method_not_allowed: { Allow: 'GET' },
  upgrade_required: { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
};

/** What every answer over REST says to browsers, too. */
const browserHeaders = {
  'Cache-Control': 'no-store',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
};

/** As long as any request id, and in no answer by itself. */
const REQUEST_ID = '@'.repeat(36);
/** By code, the answer of a refusal that says nothing more than its code, cut where the request id belongs. */
const templates = new Map<ProblemCode, readonly string[]>();

/** Who was refused and has not hung up, and when they are cut off, ms of the steady clock; the earliest first. */
const lingering = new Map<Duplex, number>();
let isTimed = false;

/** Answers a handshake with a complete HTTP response and ends the connection once it has been sent. */
export function refuse(socket: Duplex, problem: Problem, requestId: string): void {
  lingering.set(socket, performance.now() + LINGER_MS);
  if (!isTimed) cutOffIn(LINGER_MS);
  // What the client still sends is read and dropped: closing over unread bytes would reset the connection and lose the answer.
  // Once the answer is out and the client's end is read, Node destroys the socket.
  socket.on('error', destroy).on('close', forget).resume().end(answerTo(problem, requestId));
}

/* One function each, and one timer, for all of them: there may be very many. */

function destroy(this: Duplex): void {
  this.destroy();
}

function forget(this: Duplex): void {
  lingering.delete(this);
}

function cutOffIn(ms: number): void {
  isTimed = true;
  setTimeout(cutOff, ms).unref();
}

function cutOff(): void {
  isTimed = false;
  const now = performance.now();
  for (const [socket, until] of lingering) {
    if (until > now) return cutOffIn(until - now);
    lingering.delete(socket);
    socket.destroy();
  }
}

function answerTo(problem: Problem, requestId: string): string {
  const { code, details, retryAfterMs } = problem;
  if (details || retryAfterMs !== undefined || requestId.length !== REQUEST_ID.length) return write(problem, requestId);
  const known = templates.get(code);
  if (known) return known.join(requestId);
  const template = write(problem, REQUEST_ID).split(REQUEST_ID);
  templates.set(code, template);
  return template.join(requestId);
}

function write(problem: Problem, requestId: string): string {
  const { status } = problem.entry;
  const body = JSON.stringify(problemBody(problem, requestId));
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...browserHeaders,
    'X-Request-Id': requestId,
    ...problemHeaders(problem),
    ...headersOf[problem.code],
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n');
}
