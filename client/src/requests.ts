import { HadirError } from './errors.js';
import type { ServerEvents } from './catalogue.js';
import type { Frame } from './link.js';

interface Message {
  readonly type: string;
  readonly data: unknown;
  readonly id: string;
}

interface Pending {
  readonly message: Message;
  sent: boolean;
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: HadirError) => void;
}

/** The requests that wait for their answer, or for a connection to be sent on. */
export class Requests {
  private readonly pending = new Map<string, Pending>();
  private count = 0;

  /** @param send absent while there is no connection: the request then goes out with `flush` */
  ask(type: string, data: unknown, timeoutMs: number, send?: (message: Message) => void): Promise<unknown> {
    const id = String((this.count += 1));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(id, new HadirError('timeout', `No answer to ${type}.`)), timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        this.pending.delete(id);
      };
      this.pending.set(id, {
        message: { type, data, id },
        sent: send !== undefined,
        resolve: (answer) => (settle(), resolve(answer)),
        reject: (error) => (settle(), reject(error)),
      });
      send?.({ type, data, id });
    });
  }

  flush(send: (message: Message) => void): void {
    for (const pending of this.pending.values()) {
      if (pending.sent) continue;
      pending.sent = true;
      send(pending.message);
    }
  }

  /** @returns whether somebody waited for this frame */
  answer({ type, data, reply_to: id = '' }: Frame): boolean {
    const pending = this.pending.get(id);
    if (!pending) return false;
    if (type === 'error') pending.reject(refusal(data as ServerEvents['error']));
    else pending.resolve(data);
    return true;
  }

  /** Ends those that were sent, or all of them. */
  failAll(error: HadirError, all: boolean): void {
    for (const { sent, reject } of [...this.pending.values()]) if (sent || all) reject(error);
  }

  private fail(id: string, error: HadirError): void {
    this.pending.get(id)?.reject(error);
  }
}

function refusal({ code, message, retry_after_ms, details }: ServerEvents['error']): HadirError {
  return new HadirError(code, message, { retryAfterMs: retry_after_ms, details });
}
