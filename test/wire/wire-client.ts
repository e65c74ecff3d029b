import { randomUUID } from 'node:crypto';
import { handshakeBytes, RawClient } from '../support/raw.js';

/** A frame of the server, as it came. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Every bit of a frame of a client. Unless told otherwise it is a whole, masked text frame. */
export interface FrameShape {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the header declares, when it is not what follows. */
  readonly declared?: bigint;
}

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

function lengthBytes(length: bigint, masked: boolean): Buffer {
  const bit = masked ? 0x80 : 0;
  if (length < 126n) return Buffer.from([bit | Number(length)]);
  const long = length > 65_535n;
  const bytes = Buffer.alloc(long ? 9 : 3);
  bytes[0] = bit | (long ? 127 : 126);
  if (long) bytes.writeBigUInt64BE(length, 1);
  else bytes.writeUInt16BE(Number(length), 1);
  return bytes;
}

/** The bytes of a frame, however wrong. */
export function frame(payload: string | Buffer = '', shape: FrameShape = {}): Buffer {
  const { opcode = TEXT, fin = true, rsv = 0, masked = true, declared } = shape;
  const data = Buffer.from(payload);
  const first = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]);
  const header = Buffer.concat([first, lengthBytes(declared ?? BigInt(data.length), masked)]);
  if (!masked) return Buffer.concat([header, data]);
  return Buffer.concat([header, MASK, data.map((byte, index) => byte ^ (MASK[index % 4] as number))]);
}

/** A close frame of a client. Without a code its payload is empty. */
export function closeFrame(code?: number, reason: string | Buffer = ''): Buffer {
  if (code === undefined) return frame('', { opcode: CLOSE });
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
  return frame(payload, { opcode: CLOSE });
}

/** A message cut into so many bytes per fragment. */
export function fragments(payload: string | Buffer, size: number): Buffer[] {
  const data = Buffer.from(payload);
  const parts = Array.from({ length: Math.max(1, Math.ceil(data.length / size)) }, (_, index) =>
    data.subarray(index * size, (index + 1) * size),
  );
  return parts.map((part, index) => frame(part, { opcode: index === 0 ? TEXT : 0, fin: index === parts.length - 1 }));
}

/** A ping of ours with this id, blown up with spaces to so many bytes. */
export function envelopeOf(id: string, bytes = 0): string {
  return JSON.stringify({ type: 'ping', id }).padEnd(bytes, ' ');
}

/** What the server sent, as frames. @throws where it broke the protocol itself */
function framesIn(bytes: Buffer): ServerFrame[] {
  const found: ServerFrame[] = [];
  let at = 0;
  while (bytes.length - at >= 2) {
    const [first = 0, second = 0] = bytes.subarray(at);
    if (second & 0x80) throw new Error('the server masked a frame');
    if ((first & 0xf0) !== 0x80) throw new Error(`the server sent the first byte ${first.toString(16)}`);
    const extra = second === 126 ? 2 : second === 127 ? 8 : 0;
    if (bytes.length - at < 2 + extra) break;
    const length =
      extra === 0 ? second : extra === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const end = at + 2 + extra + length;
    if (bytes.length < end) break;
    found.push({ opcode: first & 0x0f, payload: bytes.subarray(at + 2 + extra, end) });
    at = end;
  }
  return found;
}

/** An accepted connection on which any bytes may be sent. */
export class WireClient {
  private constructor(
    readonly raw: RawClient,
    private readonly start: number,
  ) {}

  static async open(url: string, token: string, headers: Record<string, string> = {}): Promise<WireClient> {
    const raw = await RawClient.connect(url);
    raw.write(handshakeBytes('/ws', { Authorization: `Bearer ${token}`, ...headers }));
    const start = await raw.until(() => {
      const end = raw.received.indexOf('\r\n\r\n');
      return end < 0 ? undefined : end + 4;
    }, 'the 101');
    const client = new WireClient(raw, start);
    await raw.until(() => client.frames.find(({ payload }) => payload.includes('"connected"')), 'connected');
    return client;
  }

  get frames(): ServerFrame[] {
    return framesIn(this.raw.received.subarray(this.start));
  }

  /** The code of the server's close frame; `empty` where it has none. */
  get closedWith(): number | 'empty' | undefined {
    const closing = this.frames.find(({ opcode }) => opcode === CLOSE);
    if (!closing) return undefined;
    return closing.payload.length < 2 ? 'empty' : closing.payload.readUInt16BE(0);
  }

  write(...bytes: Buffer[]): void {
    this.raw.write(Buffer.concat(bytes));
  }

  /** The answer to the message of this id. */
  reply(id: string): Promise<unknown> {
    return this.raw.until(
      () => this.frames.find(({ payload }) => payload.includes(`"reply_to":"${id}"`)) && true,
      `the pong ${id}`,
    );
  }

  /** Resolves when a message got through: what was sent before it has been read, and did no harm. */
  async lives(): Promise<void> {
    const id = randomUUID();
    this.write(frame(envelopeOf(id)));
    await this.reply(id);
  }

  /** Resolves with the code of the close frame when the server has ended the connection; it must be the last frame. */
  async closed(patienceMs = 5000): Promise<number | 'empty' | undefined> {
    await this.raw.until(() => this.closedWith !== undefined || this.raw.ended || undefined, 'a close', patienceMs);
    // Whoever gets a close frame answers it; the end follows.
    if (!this.raw.ended) this.write(closeFrame());
    await this.raw.until(() => this.raw.ended || undefined, 'the end of the connection', patienceMs);
    if (this.frames.findIndex(({ opcode }) => opcode === CLOSE) !== this.frames.length - 1) {
      throw new Error('a frame followed the close');
    }
    return this.closedWith;
  }
}
