import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type INestApplication, Logger } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { Server as SocketServer } from 'ws';
import { Clock } from '../common/clock.js';
import { Metrics } from '../common/metrics.js';
import { Problem } from '../common/problem.js';
import { RealtimeSettings, ServerSettings } from '../config/settings.js';
import { asProblem } from '../database/outage.js';
import { PROTOCOL_VERSION } from '../protocol/index.js';
import { type Attempt, beginAttempt } from './attempt.js';
import type { Connection } from './connection.js';
import { ConnectionOpener } from './connection-opener.js';
import { Handshake } from './handshake.js';
import { ReadSocket } from './inbox.js';
import { endReceiversOnce } from './receiver-end.js';
import { refuse } from './refuse.js';

const MAX_FRAGMENTS = 128;
/** Pings that may wait for their pongs to be written: more of them at once, or from a client that does not read, end the connection. */
const MAX_WAITING_PONGS = 128;
/** A peer that does not answer a close frame is cut off after this long, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5000;

/**
 * Nest's way to /ws. Admission, frames and answers are ours: the handshake decides before the 101 and refuses in full
 * HTTP; frames go through the router, in order, to the gateways' methods behind their Nest guards.
 */
export class RealtimeAdapter extends WsAdapter {
  private readonly log = new Logger('Realtime');
  private readonly handshake: Handshake;
  private readonly opener: ConnectionOpener;
  private readonly metrics: Metrics;
  private readonly clock: Clock;
  private readonly trustedProxies: ServerSettings['trustedProxies'];

  constructor(private readonly app: INestApplication) {
    super(app);
    endReceiversOnce();
    this.handshake = app.get(Handshake);
    this.opener = app.get(ConnectionOpener);
    this.metrics = app.get(Metrics);
    this.clock = app.get(Clock);
    this.trustedProxies = app.get(ServerSettings).trustedProxies;
  }

  override create(port: number, options: Record<string, unknown>): unknown {
    return super.create(port, {
      ...options,
      maxPayload: this.app.get(RealtimeSettings).maxMessageBytes,
      maxFragments: MAX_FRAGMENTS,
      maxPendingAutoPongs: MAX_WAITING_PONGS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      perMessageDeflate: false,
      WebSocket: ReadSocket,
      clientTracking: false,
      handleProtocols: (offered: Set<string>) => offered.has(PROTOCOL_VERSION) && PROTOCOL_VERSION,
    });
  }

  /** Connections come through the handshake, their messages through the router. */
  override bindClientConnect(): void {}

  override bindMessageHandlers(): void {}

  /** Departures are told to ConnectionObservers. */
  override bindClientDisconnect(): void {}

  override async close(server: SocketServer): Promise<void> {
    await new Promise((resolve) => server.close(resolve));
  }

  protected override ensureHttpServerExists(port: number, httpServer: Server): Server {
    const registry = this.httpServersRegistry as Map<number, Server>;
    if (registry.has(port)) return httpServer;
    registry.set(port, httpServer);
    // Never taken off: until the port is closed, newcomers of a stopping node get their refusal.
    httpServer.on('upgrade', this.onUpgrade);
    return httpServer;
  }

  /** Whatever happens here ends in a connection or in a refusal: in this turn, unless a check takes its time. */
  private readonly onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const socket = stream as Socket;
    const attempt = beginAttempt(request, this.trustedProxies, this.clock.now());
    try {
      const found = this.handshake.run(attempt);
      if (found instanceof Promise) void this.wait(found, attempt, socket, head);
      else if (found) this.refuse(attempt, socket, found);
      else this.accept(attempt, socket, head);
    } catch (error) {
      this.refuse(attempt, socket, error);
    }
  };

  /** Never rejects. */
  private async wait(pending: Promise<unknown>, attempt: Attempt, socket: Socket, head: Buffer): Promise<void> {
    const abandon = () => (attempt.isAbandoned = true);
    socket.on('error', destroy).once('close', abandon);
    try {
      await pending;
      if (!attempt.isAbandoned) this.accept(attempt, socket, head);
    } catch (error) {
      this.refuse(attempt, socket, error);
    } finally {
      // The socket lives on: it must not keep the request and its token alive. Its errors are listened to by whoever has it now.
      socket.off('close', abandon).off('error', destroy);
    }
  }

  private accept(attempt: Attempt, socket: Socket, head: Buffer): void {
    let connection: Connection | undefined;
    // The 101 leaves together with what the connection is told first.
    socket.cork();
    const [server] = this.wsServersRegistry.get(0) as SocketServer<typeof ReadSocket>[];
    try {
      server?.handleUpgrade(attempt.request, socket, head, (webSocket) => {
        connection = this.opener.open(webSocket, socket, attempt);
      });
    } catch (error) {
      // The 101 may be out already: there is no other answer than to hang up.
      this.report(error, attempt.connectionId);
      socket.destroy();
    }
    if (connection?.isGreeted) socket.uncork();
    else setImmediate(uncork, socket);
    if (!connection) return void this.handshake.release(attempt);
    this.metrics.handshake('accepted');
  }

  /** A connection that does not come to be leaves its id to the answer. */
  private refuse({ connectionId: requestId }: Attempt, socket: Socket, error: unknown): void {
    const problem = asProblem(error) ?? this.report(error, requestId);
    this.metrics.handshake(problem.code);
    if (!socket.destroyed) refuse(socket, problem, requestId);
  }

  private report(error: unknown, requestId: string): Problem {
    const stack = error instanceof Error ? error.stack : String(error);
    this.log.error({ event: 'handshake_failed', request_id: requestId, error: stack });
    return new Problem('internal');
  }
}

function destroy(this: Socket): void {
  this.destroy();
}

function uncork(socket: Socket): void {
  socket.uncork();
}
