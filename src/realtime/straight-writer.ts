import type { Writable } from 'node:stream';

/** What Node knows a write by until it is done. */
interface WriteRequest {
  oncomplete: (status: number) => void;
  buffer: Buffer;
}

/** What is under the stream of a socket. */
export interface Handle {
  /** @returns 0, a negative error number, or nothing when the handle is closed */
  writeBuffer(request: WriteRequest, bytes: Buffer): number | undefined;
}

/** A socket that may be written past its stream. `handle` and `queued` are for the writer to set. */
export interface Straight {
  readonly stream: Writable;
  /** Known as long as the kernel takes everything at once. */
  handle: Handle | undefined;
  /** Bytes that the kernel has not taken yet and that the stream does not know of. */
  queued: number;
  /** Told when there are no such bytes any more. */
  sent(): void;
}

/** What Node's own streams write with. It is in no types, and need not be there: not with `--permission`, not in any later Node. */
interface Internals {
  readonly TCP: new () => Handle;
  readonly WriteWrap: new () => WriteRequest;
  /** What the last write came to, at these places. */
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
}

function internals(): Partial<Internals> {
  const { binding, throwDeprecation } = process as { binding?: (name: string) => object; throwDeprecation?: boolean };
  // A later turn would throw that `binding` is deprecated.
  if (throwDeprecation) return {};
  try {
    return { ...binding?.('tcp_wrap'), ...binding?.('stream_wrap') };
  } catch {
    return {};
  }
}

/**
 * Hands bytes to the kernel without the stream, which would make a request, count, and come back to each socket in a later
 * turn, for a write that is nearly always done when it returns: a tenth of what a delivery costs. Nothing that was given
 * to the stream before is overtaken, but for the pongs that ws writes. ADR 23.
 */
export class StraightWriter {
  /** Used up only by a write that is not done at once. */
  private request: WriteRequest;
  private readonly state: Int32Array;
  private readonly asyncAt: number;

  private constructor(private readonly node: Internals) {
    this.request = new node.WriteWrap();
    this.state = node.streamBaseState;
    this.asyncAt = node.kLastWriteWasAsync;
  }

  /** @returns undefined where Node has not what it takes: then all writing is for the streams to do */
  static ofThisNode(): StraightWriter | undefined {
    const { TCP, WriteWrap, streamBaseState, kLastWriteWasAsync } = internals();
    const { writeBuffer } = (TCP?.prototype ?? {}) as Partial<Handle>;
    if (!TCP || !writeBuffer || !WriteWrap || !streamBaseState || kLastWriteWasAsync === undefined) return undefined;
    return new StraightWriter({ TCP, WriteWrap, streamBaseState, kLastWriteWasAsync });
  }

  /** @returns false: nothing was written, and the stream is to do it */
  write(socket: Straight, bytes: Buffer): boolean {
    const handle = socket.handle ?? this.handleOf(socket);
    if (!handle) return false;
    const isAccepted = handle.writeBuffer(this.request, bytes) === 0;
    if (isAccepted && this.state[this.asyncAt] === 0) return true;
    socket.handle = undefined;
    if (isAccepted) wait(socket, this.request, bytes);
    this.request = new this.node.WriteWrap();
    return isAccepted;
  }

  private handleOf(socket: Straight): Handle | undefined {
    const { stream, queued } = socket;
    const { _handle: handle } = stream as { _handle?: unknown };
    const isIdle = queued === 0 && stream.writableLength === 0 && stream.writableCorked === 0;
    if (isIdle && stream.writable && handle instanceof this.node.TCP) socket.handle = handle;
    return socket.handle;
  }
}

/** Until the kernel has taken the rest. */
function wait(socket: Straight, request: WriteRequest, bytes: Buffer): void {
  socket.queued = bytes.length;
  // Nothing else keeps the memory that the kernel reads from.
  request.buffer = bytes;
  request.oncomplete = (status) => {
    socket.queued = 0;
    if (status < 0) socket.stream.destroy();
    else socket.sent();
  };
}
