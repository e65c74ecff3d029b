import { Logger } from '@nestjs/common';
import { type RawData, WebSocket } from 'ws';
import type { Connection } from './connection.js';

/** More unhandled frames than this, and the socket is not read until they are handled. */
const MAX_UNHANDLED = 64;

const logger = new Logger('Realtime');

/** A socket whose frames go to an inbox. */
export class ReadSocket extends WebSocket {
  inbox: Inbox | undefined = undefined;

  /** Called by ws itself too, in answer to the client. */
  override close(code?: number, reason?: string | Buffer): void {
    this.inbox?.connection.fallSilent();
    super.close(code, reason);
  }
}

/** The frames of one connection, handled one after the other in the order in which they came. */
export class Inbox {
  /** Made when something first has to wait, which is seldom. */
  private waiting: string[] | undefined;
  private busy = true;
  private paused = false;

  constructor(
    readonly connection: Connection,
    private readonly handle: (connection: Connection, text: string) => Promise<void> | void,
  ) {}

  /** From here on, what the socket says comes here. */
  listen(socket: ReadSocket): void {
    socket.inbox = this;
    socket.on('message', onMessage).on('ping', onSign).on('pong', onSign).on('error', onError).on('close', onClose);
  }

  /** Begins to handle: until then frames only gather. */
  open(): void {
    this.goOn();
  }

  push(text: string): void {
    if (!this.busy) {
      this.begin(text);
      return;
    }
    const waiting = (this.waiting ??= []);
    waiting.push(text);
    if (waiting.length >= MAX_UNHANDLED) this.pause(true);
  }

  /** @returns whether it was done at once */
  private begin(text: string): boolean {
    if (!this.connection.isOpen) return true;
    const handled = this.handle(this.connection, text);
    this.busy = handled !== undefined;
    void handled?.then(() => this.goOn());
    return !this.busy;
  }

  private goOn(): void {
    this.busy = false;
    for (let text = this.waiting?.shift(); text !== undefined; text = this.waiting?.shift()) {
      if (!this.begin(text)) return;
    }
    this.pause(false);
  }

  private pause(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    this.connection.throttleReading(paused);
  }
}

/** Who is listened to has one. */
function inboxOf(socket: WebSocket): Inbox {
  return (socket as ReadSocket).inbox as Inbox;
}

/* One function each for all sockets: one for every socket would be half a kilobyte of each. */

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const inbox = inboxOf(this);
  const { connection } = inbox;
  connection.hear();
  if (isBinary) connection.close('binary_frame');
  else if (connection.isOpen) inbox.push((data as Buffer).toString());
}

function onSign(this: WebSocket): void {
  inboxOf(this).connection.hear();
}

function onError(this: WebSocket, error: Error): void {
  const { connection } = inboxOf(this);
  connection.readOut();
  logger.debug({ event: 'socket_error', connection: connection.id, error: error.message });
}

function onClose(this: WebSocket, code: number): void {
  inboxOf(this).connection.end(code === 1006 ? 'lost' : 'left');
}
