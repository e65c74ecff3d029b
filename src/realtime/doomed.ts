import type { CloseCause } from '../protocol/index.js';

/** More than can be on their way into this node at once. */
const MOST = 10_000;

/** Connections that were to be closed before they had opened. Most of the ids belong to other nodes and are forgotten, the oldest first. */
export class Doomed {
  private readonly causes = new Map<string, CloseCause>();

  add(connectionId: string, cause: CloseCause): void {
    this.causes.set(connectionId, cause);
    if (this.causes.size <= MOST) return;
    for (const oldest of this.causes.keys()) {
      this.causes.delete(oldest);
      return;
    }
  }

  /** @returns why the connection is to be closed, once */
  take(connectionId: string): CloseCause | undefined {
    const cause = this.causes.get(connectionId);
    this.causes.delete(connectionId);
    return cause;
  }
}
