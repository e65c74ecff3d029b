const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x8e]);

export const OPCODES = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A whole frame as a client sends it, masked: made once, sent often. */
export function clientFrame(payload: string | Buffer, opcode: number = OPCODES.text): Buffer {
  const data = Buffer.from(payload);
  const length = data.length < 126 ? 0 : data.length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + length);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (length === 0 ? data.length : length === 2 ? 126 : 127);
  if (length === 2) header.writeUInt16BE(data.length, 2);
  if (length === 8) header.writeBigUInt64BE(BigInt(data.length), 2);
  for (let index = 0; index < data.length; index += 1) data[index]! ^= MASK[index & 3]!;
  return Buffer.concat([header, MASK, data]);
}

export const PONG = clientFrame('', OPCODES.pong);
export const CLOSE = clientFrame(Buffer.from([0x03, 0xe8]), OPCODES.close);

type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/** Cuts what a server sends into frames. Bytes of a frame that is not complete are kept for the next chunk. */
export class FrameReader {
  private rest: Buffer | undefined;

  constructor(private readonly onFrame: OnFrame) {}

  read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    this.rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const start = payloadStart(bytes, at);
      const end = start < 0 ? -1 : start + payloadLength(bytes, at);
      if (end < 0 || end > bytes.length) break;
      this.onFrame(bytes[at]! & 0x0f, bytes, start, end);
      at = end;
    }
    // The chunk may lie in memory that the next read overwrites.
    if (at < bytes.length) this.rest = Buffer.from(bytes.subarray(at));
  }
}

function payloadStart(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) return -1;
  const length = bytes[at + 1]! & 0x7f;
  const start = at + (length < 126 ? 2 : length === 126 ? 4 : 10);
  return start > bytes.length ? -1 : start;
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes[at + 1]! & 0x7f;
  if (length < 126) return length;
  return length === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}
