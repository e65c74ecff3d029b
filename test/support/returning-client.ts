import type { ClientOptions } from 'ws';
import { onTestFinished } from 'vitest';
import { type Closed, openSocket, type Refusal, type TestSocket } from './socket.js';

/** How long a client waits that was not told how long to, in milliseconds: from half of this to all of it. */
const PAUSE_MS = 400;

/** A client that does as the close codes say: back when it was told, sooner where nobody said anything. */
export class ReturningClient {
  /** The node of every connection so far, the present one last. */
  readonly nodes: string[] = [];
  /** How every connection so far ended. */
  readonly ends: Closed[] = [];
  /** The codes with which handshakes were refused; `unreachable` where there was no answer. */
  readonly refusals: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private current: TestSocket | undefined;

  constructor(
    private readonly wsUrl: string,
    private readonly options: ClientOptions,
  ) {
    onTestFinished(() => this.stop());
  }

  /** Connects, and comes back from then on. */
  async start(): Promise<this> {
    await this.connect();
    if (this.nodes.length === 0) throw new Error(`not connected: ${this.refusals.join(', ')}`);
    return this;
  }

  get isConnected(): boolean {
    return this.current !== undefined;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.current?.raw.terminate();
  }

  private async connect(): Promise<void> {
    try {
      const socket = await openSocket(this.wsUrl, this.options);
      this.nodes.push(String(((await socket.next('connected')).data as { node: string }).node));
      this.current = socket;
      socket.raw.once('close', (code, reason) => this.lose({ code, reason: String(reason) }));
    } catch (error) {
      const refusal = (error as Partial<Refusal>).body?.error;
      this.refusals.push(refusal?.code ?? 'unreachable');
      this.comeBack(refusal?.retry_after_ms);
    }
  }

  /** The connection ended so: what a client makes of it. */
  lose(end: Closed): void {
    this.current = undefined;
    this.ends.push(end);
    this.comeBack(toldToReturn(end));
  }

  private comeBack(inMs = PAUSE_MS * (0.5 + Math.random() / 2)): void {
    if (!this.stopped) this.timer = setTimeout(() => void this.connect(), inMs);
  }
}

/** In how many ms the server that goes away said it wants the client back. */
export function toldToReturn({ code, reason }: Closed): number | undefined {
  return code === 1001 && reason ? (JSON.parse(reason) as { retry_after_ms: number }).retry_after_ms : undefined;
}
