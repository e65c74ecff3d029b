import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { acceptQuickly } from './app.accept.js';
import { freshId } from './common/ids.js';
import { Problem } from './common/problem.js';
import { SOCKET_PATH } from './realtime/checks/path.js';
import { refuse } from './realtime/refuse.js';

/** How long a client may take for its headers, and for its whole request, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CHECK_INTERVAL_MS = 1000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Connections that may wait to be accepted. Of clients that return all at once the rest would try again seconds later. */
const BACKLOG = 4096;

/** Node 24 asks this before it gives a request away; an offer of HTTP/2 is none of /ws. Older ones give every upgrade to /ws. */
interface UpgradeOptions extends ServerOptions {
  shouldUpgradeCallback?: (request: IncomingMessage) => boolean;
}

/** Express on a server that waits for nobody for long, and that says why where HTTP itself is broken. */
export class HttpServerAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    const options: UpgradeOptions = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Its own refusal has no body; `refuseWithoutHost` has.
      requireHostHeader: false,
      shouldUpgradeCallback: isForSocket,
    };
    const server: Server = createServer(options, this.getInstance());
    server.on('clientError', refuseBrokenRequest);
    // An expectation nobody knows may be ignored; Node's own refusal has no body.
    server.on('checkExpectation', this.getInstance() as RequestListener);
    server.on('connect', (_request, socket: Duplex) => refuse(socket, new Problem('method_not_allowed'), freshId()));
    server.on('listening', () => acceptQuickly(server));
    this.httpServer = server;
  }

  override listen(port: string | number, callback?: () => void): Server;
  override listen(port: string | number, hostname: string, callback?: () => void): Server;
  override listen(
    port: string | number,
    ...[hostOrCallback, callback]: [(string | (() => void))?, (() => void)?]
  ): Server {
    const host = typeof hostOrCallback === 'string' ? { host: hostOrCallback } : {};
    const done = typeof hostOrCallback === 'function' ? hostOrCallback : callback;
    return (this.httpServer as Server).listen({ port: Number(port), backlog: BACKLOG, ...host }, done);
  }
}

/** HTTP/1.1 asks for a Host header. */
export function refuseWithoutHost({ headers, httpVersion }: Request, _response: Response, next: NextFunction): void {
  next(headers.host === undefined && httpVersion === '1.1' ? new Problem('bad_request') : undefined);
}

function isForSocket({ url, headers }: IncomingMessage): boolean {
  return url?.split('?', 1)[0] === SOCKET_PATH || headers.upgrade?.toLowerCase() === 'websocket';
}

function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  refuse(socket, new Problem(isTooLarge ? 'headers_too_large' : 'bad_request'), freshId());
}
