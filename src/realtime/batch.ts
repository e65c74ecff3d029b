import type { Frame } from './frame.js';

/**
 * Frames that leave a socket together, in their order. Sockets that are sent the same frames in the same order share
 * one batch, and thereby the bytes that it is written as.
 */
export class Batch {
  /** What the frame that was last added has made of this one: all receivers of an event come one after the other. */
  private next: Batch | undefined;
  private joined: Buffer | undefined;
  readonly length: number;

  private constructor(
    private readonly before: Batch | undefined,
    private readonly frame: Frame | undefined,
  ) {
    this.length = (before?.length ?? 0) + (frame?.bytes.length ?? 0);
  }

  static empty(): Batch {
    return new Batch(undefined, undefined);
  }

  with(frame: Frame): Batch {
    if (this.next?.frame !== frame) this.next = new Batch(this, frame);
    return this.next;
  }

  get bytes(): Buffer {
    return (this.joined ??= this.join());
  }

  private static framesOf(last: Batch): Buffer[] {
    const frames: Buffer[] = [];
    for (let batch: Batch | undefined = last; batch?.frame; batch = batch.before) frames.push(batch.frame.bytes);
    return frames;
  }

  private join(): Buffer {
    const frames = Batch.framesOf(this);
    const [only] = frames;
    return only && frames.length === 1 ? only : Buffer.concat(frames.reverse(), this.length);
  }
}
