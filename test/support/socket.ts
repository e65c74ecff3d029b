import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import type { ServerEnvelope } from '../../src/protocol/index.js';

/** How long a test waits for what it asserts, in milliseconds. */
const PATIENCE_MS = 5000;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client of /ws that keeps every frame it got. */
export class TestSocket {
  readonly frames: ServerEnvelope[] = [];
  closed: Closed | undefined;
  private readonly watchers = new Set<() => void>();
  private requests = 0;

  constructor(readonly raw: WebSocket) {
    raw.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as ServerEnvelope);
      this.notify();
    });
    raw.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.notify();
    });
    raw.on('error', () => undefined);
  }

  send(message: unknown): void {
    this.raw.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends a request with an id and waits for its answer. */
  async request(type: string, data?: unknown): Promise<ServerEnvelope> {
    const id = `request-${(this.requests += 1)}`;
    this.send({ type, data, id });
    return this.next((frame) => frame.reply_to === id, `the answer to ${type}`);
  }

  /** The first frame, already here or still to come, that matches. */
  next(match: string | ((frame: ServerEnvelope) => boolean), what?: string): Promise<ServerEnvelope> {
    const matches = typeof match === 'string' ? ({ type }: ServerEnvelope) => type === match : match;
    return this.until(() => this.frames.find(matches), what ?? `a frame ${String(match)}`);
  }

  /** All frames of a type so far. */
  ofType(type: string): ServerEnvelope[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** A round trip: whatever the server had sent to this socket before is here when it resolves. */
  async settled(): Promise<void> {
    await this.request('ping');
  }

  close(): Promise<Closed> {
    this.raw.close(1000);
    return this.ended();
  }

  ended(): Promise<Closed> {
    return this.until(() => this.closed, 'the close');
  }

  /** Waits until `look` finds something. */
  until<Found>(look: () => Found | undefined, what: string, patienceMs = PATIENCE_MS): Promise<Found> {
    return new Promise((resolve, reject) => {
      const finish = (found: Found | undefined, timer: NodeJS.Timeout) => {
        if (found === undefined) return;
        clearTimeout(timer);
        this.watchers.delete(watcher);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.watchers.delete(watcher);
        const seen = this.frames.map(({ type }) => type).join(', ');
        reject(new Error(`waited in vain for ${what}; frames: ${seen}; closed: ${JSON.stringify(this.closed)}`));
      }, patienceMs);
      const watcher = () => finish(look(), timer);
      this.watchers.add(watcher);
      watcher();
    });
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

export interface Refusal {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: {
    success: boolean;
    message: string;
    error: { code: string; request_id: string; retry_after_ms?: number };
  };
}

/** Opens a socket without waiting for `connected`. @throws the Refusal where the handshake is refused */
export async function openSocket(
  url: string,
  options: ClientOptions & { protocols?: string[] } = {},
): Promise<TestSocket> {
  const { protocols = [], ...rest } = options;
  const raw = new WebSocket(url, protocols, rest);
  const socket = new TestSocket(raw);
  onTestFinished(() => raw.terminate());
  await new Promise<void>((resolve, reject) => {
    raw.once('open', resolve);
    raw.once('error', reject);
    raw.once('unexpected-response', (_, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Refusal['body'];
        const refusal: Refusal = { status: response.statusCode ?? 0, headers: response.headers, body };
        reject(Object.assign(new Error(`refused: ${body.error.code}`), refusal));
      });
    });
  });
  return socket;
}

/** Connects with a token and waits for `connected`. Comes back, as clients should, where a busy node says unavailable. */
export async function connect(wsUrl: string, token: string, options: ClientOptions = {}): Promise<TestSocket> {
  const headers = { authorization: `Bearer ${token}`, ...options.headers };
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    try {
      const socket = await openSocket(wsUrl, { ...options, headers });
      await socket.next('connected');
      return socket;
    } catch (error) {
      if ((error as Partial<Refusal>).status !== 503 || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** The refusal of a handshake that must be refused. */
export async function refusalOf(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<Refusal> {
  try {
    await openSocket(url, options);
  } catch (error) {
    if ((error as Partial<Refusal>).body) return error as unknown as Refusal;
    throw error;
  }
  throw new Error('the handshake was accepted');
}
