import type { Writable } from 'node:stream';

/** A socket that is written to many times in one turn. */
export interface Corkable {
  readonly stream: Writable;
  /** Whether the stream is held until the turn ends; the flusher's to set. */
  corked: boolean;
}

/** Gathers what is written to sockets in one turn of the event loop, so that each socket costs one system call a turn. */
export class Flusher {
  private corked: Corkable[] = [];

  /** Holds what is written to this socket until the turn ends. */
  hold(socket: Corkable): void {
    if (socket.corked) return;
    socket.corked = true;
    socket.stream.cork();
    if (this.corked.push(socket) === 1) setImmediate(() => this.flush());
  }

  private flush(): void {
    const sockets = this.corked;
    this.corked = [];
    for (const socket of sockets) {
      socket.corked = false;
      socket.stream.uncork();
    }
  }
}
