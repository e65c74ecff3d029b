import type { Writable } from 'node:stream';

/** A socket that may be written to many times in one turn. What is not read-only is the flusher's to set. */
export interface Corkable {
  readonly stream: Writable;
  /** How often it was written to in this turn. */
  writes: number;
  /** Whether it was written to more than once in the last turn it was written to at all. */
  isBusy: boolean;
}

/**
 * Gathers what is written to a socket in one turn of the event loop, so that it costs one system call. A socket that got
 * one frame the last time is likely to get one now: its first goes out at once, and only those after it are gathered.
 */
export class Flusher {
  private written: Corkable[] = [];

  /** To be called before each write. */
  hold(socket: Corkable): void {
    socket.writes += 1;
    if (socket.writes === 1) {
      if (socket.isBusy) socket.stream.cork();
      if (this.written.push(socket) === 1) setImmediate(() => this.flush());
    } else if (socket.writes === 2 && !socket.isBusy) {
      socket.stream.cork();
    }
  }

  private flush(): void {
    const sockets = this.written;
    this.written = [];
    for (const socket of sockets) {
      if (socket.isBusy || socket.writes > 1) socket.stream.uncork();
      socket.isBusy = socket.writes > 1;
      socket.writes = 0;
    }
  }
}
