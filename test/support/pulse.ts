import { quantile, repeatedly } from './drill.js';
import type { TestSocket } from './socket.js';

/** How long pings took on a socket while something went on, in milliseconds. */
export class Pulse {
  private readonly times: number[] = [];
  private readonly stop: () => Promise<void>;

  /** Pings from now on, one after the other. */
  constructor(socket: TestSocket, everyMs = 20) {
    this.stop = repeatedly(everyMs, async () => {
      const began = performance.now();
      await socket.request('ping');
      this.times.push(performance.now() - began);
    });
  }

  /** Ends it. @returns what 99 of 100 pings took at most, in whole milliseconds */
  async p99(): Promise<number> {
    await this.stop();
    return Math.round(quantile(this.times, 0.99));
  }
}
