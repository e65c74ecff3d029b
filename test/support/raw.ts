import { connect as dial, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A response, read by the letter of RFC 9112: nothing missing, nothing left over. */
export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Milliseconds from the last byte sent to the server's FIN. */
  readonly closedAfterMs: number;
}

/** Bytes to and from a server, exactly as they are. */
export class RawClient {
  received = Buffer.alloc(0);
  ended = false;
  private readonly watchers = new Set<() => void>();

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.notify();
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.ended = true;
        this.notify();
      });
    }
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = dial({ host: hostname, port: Number(port), allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const client = new RawClient(socket);
    onTestFinished(() => void socket.destroy());
    return client;
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Waits until `look` finds something in what was received. */
  until<Found>(look: () => Found | undefined, what: string, patienceMs = 5000): Promise<Found> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.watchers.delete(watcher);
        reject(
          new Error(
            `waited in vain for ${what}; received ${JSON.stringify(this.received.toString('latin1').slice(0, 500))}`,
          ),
        );
      }, patienceMs);
      const watcher = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.watchers.delete(watcher);
        resolve(found);
      };
      this.watchers.add(watcher);
      watcher();
    });
  }

  /** Waits for the server to end the connection, then reads everything as one response. */
  async response(): Promise<RawResponse> {
    const sent = performance.now();
    await this.until(() => this.ended || undefined, 'the end of the connection');
    return parse(this.received, performance.now() - sent);
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

function parse(bytes: Buffer, closedAfterMs: number): RawResponse {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no end of headers in ${JSON.stringify(bytes.toString('latin1'))}`);
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const match = /^HTTP\/1\.1 (\d{3}) (.+)$/.exec(statusLine);
  if (!match) throw new Error(`not a status line: ${statusLine}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const header = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\x20-\x7e]*)$/.exec(line);
    if (!header) throw new Error(`not a header: ${line}`);
    const name = (header[1] as string).toLowerCase();
    if (headers.has(name)) throw new Error(`header twice: ${name}`);
    headers.set(name, header[2] as string);
  }
  const body = bytes.subarray(end + 4);
  const length = headers.get('content-length');
  if (length !== undefined && Number(length) !== body.length) {
    throw new Error(`Content-Length ${length}, but ${body.length} bytes follow`);
  }
  return { status: Number(match[1]), reason: match[2] as string, headers, body: body.toString(), closedAfterMs };
}

/** The bytes of a handshake; `headers` replace or, when undefined, remove those of a good one. */
export function handshakeBytes(
  target: string,
  headers: Record<string, string | undefined> = {},
  { method = 'GET', extra = [] as string[] } = {},
): string {
  const all: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return [`${method} ${target} HTTP/1.1`, ...lines, ...extra, '', ''].join('\r\n');
}

/** A frame of a client, masked. */
export function clientFrame(payload: string | Buffer, { opcode = 1, fin = true } = {}): Buffer {
  const data = Buffer.from(payload);
  const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  const header = data.length < 126 ? Buffer.alloc(2) : data.length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  header[0] = (fin ? 0x80 : 0) | opcode;
  if (header.length === 2) header[1] = 0x80 | data.length;
  else if (header.length === 4) {
    header[1] = 0x80 | 126;
    header.writeUInt16BE(data.length, 2);
  } else {
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(BigInt(data.length), 2);
  }
  return Buffer.concat([header, mask, data.map((byte, index) => byte ^ (mask[index % 4] as number))]);
}
