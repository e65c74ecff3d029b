import type { Connection } from './connection.js';

/** More unhandled frames than this, and the socket is not read until they are handled. */
const MAX_UNHANDLED = 64;

/** The frames of one connection, handled one after the other in the order in which they came. */
export class Inbox {
  private readonly waiting: string[] = [];
  private busy = true;
  private paused = false;

  constructor(
    private readonly connection: Connection,
    private readonly handle: (connection: Connection, text: string) => Promise<void> | void,
  ) {}

  /** Begins to handle: until then frames only gather. */
  open(): void {
    this.busy = false;
    void this.drain();
  }

  push(text: string): void {
    this.waiting.push(text);
    if (!this.busy) void this.drain();
    else if (this.waiting.length >= MAX_UNHANDLED) this.pause(true);
  }

  private async drain(): Promise<void> {
    this.busy = true;
    for (let text = this.waiting.shift(); text !== undefined; text = this.waiting.shift()) {
      if (!this.connection.isOpen) break;
      const handled = this.handle(this.connection, text);
      if (handled) await handled;
      if (this.waiting.length === 0) this.pause(false);
    }
    this.busy = false;
  }

  private pause(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    this.connection.throttleReading(paused);
  }
}
