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

/** Answers a handshake with a complete HTTP response and ends the connection once it has been sent. */
export function refuse(socket: Duplex, problem: Problem, requestId: string): void {
  const { status } = problem.entry;
  const body = JSON.stringify(problemBody(problem, requestId));
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
    ...problemHeaders(problem),
    ...headersOf[problem.code],
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(linger));
  // What the client still sends is read and dropped: closing over unread bytes would reset the connection and lose the answer.
  socket.once('end', () => socket.destroy());
  socket.resume();
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'));
}
