import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { WebSocket } from 'ws';

/** A server that was started with an inspector. */
interface Inspected {
  /** Its address. */
  readonly inspector: string;
}

/** A server's own inspector: what it holds in memory, and where its time goes. */
export class Inspector {
  private calls = 0;

  private constructor(private readonly socket: WebSocket) {}

  static async attach(server: Inspected): Promise<Inspector> {
    const socket = new WebSocket(server.inspector, { perMessageDeflate: false });
    await once(socket, 'open');
    return new Inspector(socket);
  }

  collectGarbage(): Promise<unknown> {
    return this.call('HeapProfiler.collectGarbage');
  }

  /** Bytes in use on and beside the heap. */
  async used(): Promise<number> {
    await this.collectGarbage();
    const usage = (await this.call('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
    return usage.usedSize + (usage.backingStorageSize ?? 0);
  }

  async startProfile(): Promise<void> {
    await this.call('Profiler.enable');
    await this.call('Profiler.start');
  }

  async writeProfile(path: string): Promise<void> {
    const { profile } = (await this.call('Profiler.stop')) as { profile: object };
    writeFileSync(path, JSON.stringify(profile));
  }

  close(): void {
    this.socket.terminate();
  }

  private call(method: string): Promise<unknown> {
    const id = (this.calls += 1);
    this.socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve, reject) => {
      const listen = (bytes: unknown) => {
        const answer = JSON.parse(String(bytes)) as { id?: number; result?: unknown; error?: { message: string } };
        if (answer.id !== id) return;
        this.socket.off('message', listen);
        if (answer.error) reject(new Error(answer.error.message));
        else resolve(answer.result);
      };
      this.socket.on('message', listen);
    });
  }
}
