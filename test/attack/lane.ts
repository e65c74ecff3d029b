import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LaneAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How long a server may take for one answer, in milliseconds. */
const PATIENCE_MS = 15_000;
const END_OF_HEAD = '\r\n\r\n';

/** One connection that is kept alive and takes exact bytes, one request after the other. It is opened again where it ended. */
export class Lane {
  private socket: Socket | undefined;
  private received: Buffer = Buffer.alloc(0);
  private look: () => void = () => undefined;

  constructor(private readonly port: number) {
    onTestFinished(() => void this.socket?.destroy());
  }

  /** @param bodiless whether the answer ends with its head, as to HEAD */
  async ask(bytes: Buffer | string, { bodiless = false } = {}): Promise<LaneAnswer> {
    const socket = (this.socket ??= await this.open());
    this.received = Buffer.alloc(0);
    const answer = this.next(socket, bodiless);
    socket.write(bytes);
    const found = await answer;
    if (found.headers.get('connection') === 'close' || socket.destroyed) this.drop();
    return found;
  }

  private async open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: this.port, noDelay: true });
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
      this.look();
    });
    for (const event of ['end', 'close']) socket.on(event, () => this.look());
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return socket;
  }

  private drop(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private next(socket: Socket, bodiless: boolean): Promise<LaneAnswer> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        clearTimeout(timer);
        this.look = () => undefined;
        done();
      };
      const fail = (why: string) => {
        this.drop();
        settle(() => reject(new Error(`${why}; received ${JSON.stringify(this.received.toString('latin1', 0, 300))}`)));
      };
      const timer = setTimeout(() => fail('no answer in time'), PATIENCE_MS);
      this.look = () => {
        const answer = this.parsed(bodiless);
        if (answer) settle(() => resolve(answer));
        else if (socket.readableEnded || socket.destroyed) fail('the connection ended without an answer');
      };
    });
  }

  private parsed(bodiless: boolean): LaneAnswer | undefined {
    const end = this.received.indexOf(END_OF_HEAD);
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.received.toString('latin1', 0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    const body = this.received.subarray(end + END_OF_HEAD.length);
    if (status < 200) {
      this.received = body;
      return this.parsed(bodiless);
    }
    const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    const text = bodiless || status === 204 ? '' : bodyOf(headers, body);
    return text === undefined ? undefined : { status, headers, text };
  }
}

/** @returns undefined while there is more to come */
function bodyOf(headers: Headers, bytes: Buffer): string | undefined {
  const length = headers.get('content-length');
  if (length !== null) return bytes.length < Number(length) ? undefined : bytes.toString('utf8', 0, Number(length));
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (bytes.length < end + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks).toString();
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
