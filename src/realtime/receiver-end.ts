import { Writable } from 'node:stream';
import * as ws from 'ws';

/** What reads the frames of a socket of ws. It is exported, and in no types. */
const { Receiver } = ws as unknown as { Receiver: { prototype: Writable } };

const writables: { end(...args: unknown[]): Writable } = Writable.prototype;

function endUnlessEnded(this: Writable, ...args: unknown[]): Writable {
  return this.writableEnded ? this : writables.end.apply(this, args);
}

/**
 * ws ends a receiver when it has read a close frame, and once more when the socket closes. For the second time Node
 * makes an error with its whole stack, of which nobody is told: a twenty-fifth of what a handshake costs.
 */
export function endReceiversOnce(): void {
  Receiver.prototype.end = endUnlessEnded;
}
