import { Batch } from './batch.js';
import type { Frame } from './frame.js';
import { type Straight, StraightWriter } from './straight-writer.js';

/** A way out that may be used many times in one turn of the event loop. All but the stream is for the flusher to set. */
export interface Outlet extends Straight {
  /** The last turn in which it was used, and how often. */
  turn: number;
  uses: number;
  /** What goes out at the end of this turn. */
  batch: Batch | undefined;
  /** Told when less may be waiting: what was gathered has been handed on, or the kernel has taken what it had not at once. */
  sent(): void;
}

/** A way out that was not used yet: its first frames are expected to be several. */
export const UNUSED = { turn: -1, uses: 2, batch: undefined, handle: undefined, queued: 0 };

/**
 * Gathers what goes to a socket in one turn of the event loop, so that it costs one system call. A socket that got one
 * frame the last time is likely to get one now: its first goes out at once, and only those after it are gathered.
 */
export class Flusher {
  private readonly straight = StraightWriter.ofThisNode();
  private turn = 0;
  private isTurning = false;
  private gathered: Outlet[] = [];
  private nothing = Batch.empty();

  send(outlet: Outlet, frame: Frame): void {
    if (outlet.turn === this.turn) {
      outlet.uses += 1;
    } else {
      const expectsOne = outlet.uses === 1;
      outlet.turn = this.turn;
      outlet.uses = 1;
      this.endTurn();
      if (expectsOne) return this.write(outlet, frame.bytes);
    }
    if (!outlet.batch) this.gathered.push(outlet);
    outlet.batch = (outlet.batch ?? this.nothing).with(frame);
  }

  /** Sends what was gathered for one, because something else is to follow it. */
  flush(outlet: Outlet): void {
    const { batch } = outlet;
    outlet.batch = undefined;
    if (!batch) return;
    this.write(outlet, batch.bytes);
    outlet.sent();
  }

  private endTurn(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    setImmediate(this.readOn);
  }

  /** What several clients send at once arrives in two turns: the first of them wakes the server. Once more it looks for the rest. */
  private readonly readOn = (): void => {
    if (this.gathered.length > 0) setImmediate(this.flushAll);
    else this.flushAll();
  };

  private readonly flushAll = (): void => {
    const outlets = this.gathered;
    this.gathered = [];
    this.nothing = Batch.empty();
    this.isTurning = false;
    this.turn += 1;
    for (const outlet of outlets) this.flush(outlet);
  };

  /** What comes too late for a socket that has ended is for nobody. */
  private write(outlet: Outlet, bytes: Buffer): void {
    if (this.straight?.write(outlet, bytes)) return;
    if (outlet.stream.writable) outlet.stream.write(bytes);
  }
}
