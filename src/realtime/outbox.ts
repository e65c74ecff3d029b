import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '../common/clock.js';
import type { Frame } from './frame.js';

/** How long a socket may stay over the mark, in milliseconds. */
const MAX_SLOW_MS = 10_000;

/**
 * The frames on their way to one socket. Up to half of `limit` bytes they go straight to the socket; above that mark they
 * wait here, in order, and those with a conflation key are thinned out to the newest.
 */
export class Outbox {
  private readonly waiting = new Map<unknown, Frame>();
  private waitingBytes = 0;

  /** Set while the socket is over the mark. */
  private cancelOverdue: Cancel | undefined;

  /** @param overdue called when the socket has stayed over the mark for ten seconds */
  constructor(
    private readonly stream: Duplex,
    private readonly limit: number,
    private readonly clock: Clock,
    private readonly overdue: () => void,
  ) {}

  get queuedBytes(): number {
    return this.stream.writableLength + this.waitingBytes;
  }

  /** @returns false when the queue is full: the frame was not taken, and the socket is to be closed. */
  push(frame: Frame): boolean {
    if (!this.cancelOverdue && this.stream.writableLength < this.limit / 2) {
      this.stream.write(frame.bytes);
      return true;
    }
    this.beSlow();
    const key = frame.conflationKey ?? frame;
    this.drop(key);
    if (this.queuedBytes + frame.bytes.length > this.limit) return false;
    this.waiting.set(key, frame);
    this.waitingBytes += frame.bytes.length;
    return true;
  }

  /** Drops what waits: nothing is to follow. */
  end(): void {
    this.waiting.clear();
    this.waitingBytes = 0;
    this.release();
  }

  private beSlow(): void {
    if (this.cancelOverdue) return;
    this.cancelOverdue = this.clock.after(MAX_SLOW_MS, this.overdue);
    this.stream.on('drain', this.release);
  }

  private drop(key: unknown): void {
    this.waitingBytes -= this.waiting.get(key)?.bytes.length ?? 0;
    this.waiting.delete(key);
  }

  private readonly release = (): void => {
    for (const [key, frame] of this.waiting) {
      if (this.stream.writableLength >= this.limit / 2) return;
      this.drop(key);
      this.stream.write(frame.bytes);
    }
    this.cancelOverdue?.();
    this.cancelOverdue = undefined;
    this.stream.off('drain', this.release);
  };
}
