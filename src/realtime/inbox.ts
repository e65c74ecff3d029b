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
    this.goOn();
  }

  push(text: string): void {
    if (!this.busy) {
      this.begin(text);
      return;
    }
    this.waiting.push(text);
    if (this.waiting.length >= MAX_UNHANDLED) this.pause(true);
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
    for (let text = this.waiting.shift(); text !== undefined; text = this.waiting.shift()) {
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
