import type { Door } from './address.js';

/** A frame of the server. */
export interface Frame {
  readonly type: string;
  readonly data: unknown;
  readonly timestamp: string;
  readonly reply_to?: string;
}

/** What is used of a WebSocket: the browser's, Node's and that of `ws` all fit. */
export interface Socket {
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  readonly readyState: number;
  send(text: string): void;
  close(code?: number): void;
}

/** The readyState of a socket that takes what is sent. */
const OPEN = 1;

export type SocketClass = new (url: string, protocols?: string[]) => Socket;

interface Listener {
  frame(frame: Frame): void;
  closed(code: number, reason: string): void;
}

/** One socket from its opening to its end. Nothing is heard of it once it is abandoned. */
export class Link {
  private readonly socket: Socket;
  private over = false;
  private heard = false;

  constructor(
    { url, protocols }: Door,
    Class: SocketClass,
    private readonly listener: Listener,
  ) {
    this.socket = new Class(url, protocols);
    this.socket.onmessage = ({ data }: { data: unknown }) => {
      this.heard = true;
      if (!this.over) this.listener.frame(JSON.parse(String(data)) as Frame);
    };
    this.socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      if (!this.over) this.listener.closed(code, reason);
    };
    // Not every WebSocket closes after it could not open: that of Node 20 does not.
    this.socket.onerror = () => {
      if (!this.heard && !this.over) this.listener.closed(1006, '');
    };
  }

  /** False too while the other side is closing it and that has not been told yet. */
  get isOpen(): boolean {
    return !this.over && this.socket.readyState === OPEN;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Ends it without waiting for the other side, which may be long gone. */
  abandon(): void {
    this.over = true;
    this.socket.close();
  }
}
