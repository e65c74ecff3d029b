import type { Socket } from 'node:net';

export type Direction = 'toServer' | 'toClient';

/** What a lane goes by. May change at any time. */
export interface Weather {
  latencyMs: number;
  bytesPerSecond: number;
  /** What a new connection may carry in all. */
  bytesLeft: number;
}

/** So many bytes wait in a lane at most before it stops reading, so that the sender feels the slow network. */
const BUFFER_BYTES = 16_384;
/** A slow lane delivers this often. */
const STEPS_PER_SECOND = 20;

/** One direction of a connection through the proxy. */
export class Lane {
  swallows = false;
  bytesLeft: number;
  private readonly waiting: { bytes: Buffer; due: number }[] = [];
  private waitingBytes = 0;
  /** When the line has carried all it was given, by performance.now(). */
  private free = 0;
  private hasEnded = false;
  private isFrozen = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly direction: Direction,
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly weather: Weather,
  ) {
    this.bytesLeft = weather.bytesLeft;
    from.on('data', (bytes: Buffer) => this.take(bytes));
    from.on('end', () => {
      this.hasEnded = true;
      this.deliver();
    });
    from.on('error', () => {
      if (!this.swallows) to.resetAndDestroy();
    });
    to.on('close', () => clearTimeout(this.timer));
  }

  freeze(): void {
    this.isFrozen = true;
    this.from.pause();
  }

  thaw(): void {
    this.isFrozen = false;
    this.from.resume();
    this.deliver();
  }

  private take(bytes: Buffer): void {
    if (this.swallows) return;
    const { latencyMs, bytesPerSecond } = this.weather;
    const step = Math.max(1, Math.min(bytes.length, Math.floor(bytesPerSecond / STEPS_PER_SECOND)));
    this.free = Math.max(this.free, performance.now());
    for (let start = 0; start < bytes.length; start += step) {
      const part = bytes.subarray(start, start + step);
      this.free += (1000 * part.length) / bytesPerSecond;
      this.waiting.push({ bytes: part, due: this.free + latencyMs });
    }
    this.waitingBytes += bytes.length;
    this.deliver();
  }

  /** Hands on what is due, then waits for the next to be. */
  private deliver(): void {
    clearTimeout(this.timer);
    if (this.isFrozen || this.swallows) return;
    let next = this.waiting[0];
    while (next && next.due <= performance.now()) {
      this.waiting.shift();
      this.waitingBytes -= next.bytes.length;
      this.write(next.bytes);
      next = this.waiting[0];
    }
    if (next) this.timer = setTimeout(() => this.deliver(), next.due - performance.now());
    else if (this.hasEnded) this.to.end();
    if (this.waitingBytes > BUFFER_BYTES) this.from.pause();
    else if (!this.to.writableNeedDrain) this.from.resume();
  }

  private write(bytes: Buffer): void {
    if (!this.to.writable) return;
    const passing = bytes.subarray(0, this.bytesLeft);
    this.bytesLeft -= passing.length;
    const flows = this.to.write(passing);
    if (this.bytesLeft === 0) {
      for (const socket of [this.from, this.to]) socket.destroySoon();
    } else if (!flows) {
      this.from.pause();
      this.to.once('drain', () => this.deliver());
    }
  }
}
