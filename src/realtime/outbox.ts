import type { Duplex } from 'node:stream';
import type { Clock } from '../common/clock.js';
import type { Frame } from './frame.js';

/** How long a socket may stay over the mark, in milliseconds. */
const MAX_SLOW_MS = 10_000;

/** What waits for a socket that is over the mark, in order, and thinned out to the newest of each key. */
class Backlog {
  private readonly frames = new Map<unknown, Frame>();
  bytes = 0;

  /** @param end stops whatever the socket being slow has begun */
  constructor(readonly end: () => void) {}

  /** @returns how many bytes would wait if the frame did */
  bytesWith(frame: Frame): number {
    const replaced = this.frames.get(keyOf(frame));
    return this.bytes - (replaced?.bytes.length ?? 0) + frame.bytes.length;
  }

  add(frame: Frame): void {
    const key = keyOf(frame);
    this.bytes = this.bytesWith(frame);
    this.frames.delete(key);
    this.frames.set(key, frame);
  }

  /** Takes out the one that has waited longest. */
  next(): Frame | undefined {
    for (const [key, frame] of this.frames) {
      this.frames.delete(key);
      this.bytes -= frame.bytes.length;
      return frame;
    }
    return undefined;
  }
}

function keyOf(frame: Frame): unknown {
  return frame.conflationKey ?? frame;
}

/**
 * The frames on their way to one socket. Up to half of `limit` bytes they go straight to the socket; above that mark they
 * wait here, in order, and those with a conflation key are thinned out to the newest.
 */
export class Outbox {
  /** Set while the socket is over the mark: few ever are. */
  private backlog: Backlog | undefined;

  /** @param owner closed when the socket has stayed over the mark for ten seconds */
  constructor(
    private readonly stream: Duplex,
    private readonly limit: number,
    private readonly clock: Clock,
    private readonly owner: { close(cause: 'slow_consumer'): void },
  ) {}

  get queuedBytes(): number {
    return this.stream.writableLength + (this.backlog?.bytes ?? 0);
  }

  /** @returns false when the queue is full: the frame was not taken, and the socket is to be closed. */
  push(frame: Frame): boolean {
    if (!this.backlog && this.stream.writableLength < this.limit / 2) {
      this.stream.write(frame.bytes);
      return true;
    }
    const backlog = (this.backlog ??= this.beSlow());
    if (this.stream.writableLength + backlog.bytesWith(frame) > this.limit) return false;
    backlog.add(frame);
    return true;
  }

  /** Drops what waits: nothing is to follow. */
  end(): void {
    this.backlog?.end();
    this.backlog = undefined;
  }

  private beSlow(): Backlog {
    const release = () => this.release();
    const cancel = this.clock.after(MAX_SLOW_MS, () => this.owner.close('slow_consumer'));
    this.stream.on('drain', release);
    return new Backlog(() => {
      cancel();
      this.stream.off('drain', release);
    });
  }

  private release(): void {
    while (this.backlog && this.stream.writableLength < this.limit / 2) {
      const frame = this.backlog.next();
      if (frame) this.stream.write(frame.bytes);
      else this.end();
    }
  }
}
