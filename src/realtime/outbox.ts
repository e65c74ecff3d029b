import type { Socket } from 'node:net';
import type { Clock } from '../common/clock.js';
import type { Batch } from './batch.js';
import { type Flusher, type Outlet, UNUSED } from './flusher.js';
import type { Frame } from './frame.js';
import type { Handle } from './straight-writer.js';

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

/** What came before the first frame. */
interface Held {
  readonly frames: Frame[];
  bytes: number;
}

/** What all outboxes of a node have in common. */
export interface Post {
  readonly flusher: Flusher;
  readonly clock: Clock;
  /** SEND_QUEUE_BYTES */
  readonly sendQueueBytes: number;
}

/**
 * The frames on their way to one socket. Up to half of SEND_QUEUE_BYTES they go straight to the socket; above that mark
 * they wait here, in order, and those with a conflation key are thinned out to the newest.
 */
export class Outbox implements Outlet {
  turn = UNUSED.turn;
  uses = UNUSED.uses;
  batch: Batch | undefined = UNUSED.batch;
  handle: Handle | undefined = UNUSED.handle;
  queued = UNUSED.queued;
  /** What must wait until the first frame was sent; undefined from then on. */
  private held: Held | undefined = { frames: [], bytes: 0 };
  private isEnded = false;
  /** Set while the socket is over the mark: few ever are. */
  private backlog: Backlog | undefined;

  /** @param owner closed when the socket has stayed over the mark for ten seconds */
  constructor(
    readonly stream: Socket,
    private readonly post: Post,
    private readonly owner: { close(cause: 'slow_consumer'): void },
  ) {}

  get queuedBytes(): number {
    return this.sentBytes + (this.backlog?.bytes ?? 0);
  }

  /** Whether the first frame was sent. */
  get isOpen(): boolean {
    return this.held === undefined;
  }

  /** Sends the first frame, and then what was held back for it. */
  open(first: Frame): void {
    const held = this.held?.frames ?? [];
    this.held = undefined;
    if (![first, ...held].every((frame) => this.push(frame))) this.owner.close('slow_consumer');
  }

  /** What was gathered goes to the socket now, not at the end of the turn. */
  flush(): void {
    this.post.flusher.flush(this);
  }

  /** @returns false when the queue is full: the frame was not taken, and the socket is to be closed. */
  push(frame: Frame): boolean {
    if (this.isEnded) return true;
    if (this.held) return this.hold(this.held, frame);
    if (!this.backlog && !this.isOverMark) {
      this.send(frame);
      return true;
    }
    const backlog = (this.backlog ??= this.beSlow());
    if (this.sentBytes + backlog.bytesWith(frame) > this.post.sendQueueBytes) return false;
    backlog.add(frame);
    return true;
  }

  /** Sends a frame whatever waits. */
  send(frame: Frame): void {
    if (!this.isEnded) this.post.flusher.send(this, frame);
  }

  /** Less may be waiting, of which the stream says nothing: it does where it has asked for patience. */
  sent(): void {
    if (this.backlog && !this.stream.writableNeedDrain) this.release();
  }

  /** What was gathered in this turn goes out now, what waits does not: nothing is to follow. */
  end(): void {
    this.isEnded = true;
    this.held = undefined;
    this.catchUp();
    this.flush();
  }

  private hold(held: Held, frame: Frame): boolean {
    held.bytes += frame.bytes.length;
    return held.bytes <= this.post.sendQueueBytes && held.frames.push(frame) > 0;
  }

  private catchUp(): void {
    this.backlog?.end();
    this.backlog = undefined;
  }

  /** What was sent and has not left. */
  private get sentBytes(): number {
    const waiting = this.handle ? 0 : this.stream.writableLength + this.queued;
    return waiting + (this.batch?.length ?? 0);
  }

  /**
   * Whoever is over the mark hears when no longer: the mark is not below the stream's own, so a stream that is over it by
   * itself says when it has drained; all else is gathered or queued, and ends in `sent`.
   */
  private get isOverMark(): boolean {
    const bytes = this.sentBytes;
    return bytes >= this.post.sendQueueBytes / 2 && bytes >= this.stream.writableHighWaterMark;
  }

  private beSlow(): Backlog {
    const release = () => this.release();
    const cancel = this.post.clock.after(MAX_SLOW_MS, () => this.owner.close('slow_consumer'));
    this.stream.on('drain', release);
    return new Backlog(() => {
      cancel();
      this.stream.off('drain', release);
    });
  }

  private release(): void {
    while (this.backlog && !this.isOverMark) {
      const frame = this.backlog.next();
      if (frame) this.send(frame);
      else this.catchUp();
    }
  }
}
