import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dialect, Member } from './dialect.js';
import { CLOSE, FrameReader, OPCODES, PONG } from './frames.js';

/** Where a socket goes and what it is asked in. */
export interface Target {
  /** This machine where nothing is said. */
  readonly host?: string;
  readonly port: number;
  readonly isSecure?: boolean;
  readonly path: string;
  readonly dialect: Dialect;
}

/** The answer of a server that has no room at the moment. */
export const BUSY = 503;
export const RETRY_MS = 250;
const MAX_ATTEMPTS = 200;

const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** One chunk is read at a time, by whichever socket: they can share the memory. */
const chunk = Buffer.allocUnsafeSlow(256 * 1024);

/** A WebSocket over a bare TCP socket that looks at no more of a frame than it must. */
export class Client {
  /** Told of every envelope by the first letter of its type. */
  onMessage: (letter: number) => void = () => undefined;
  /** Told after everything that arrived at once. */
  onRead: () => void = () => undefined;
  onEnd: () => void = () => undefined;
  status = 0;
  /** Why the network failed, where it did. */
  failure: string | undefined;
  private isOpen = false;
  private isClosing = false;
  private readonly socket: Socket;
  private readonly reader: FrameReader;

  constructor(
    private readonly target: Target,
    private readonly onOpen: () => void,
  ) {
    this.reader = new FrameReader((opcode, bytes, start) => this.frame(opcode, bytes, start));
    this.socket = this.dial(target);
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.failure = error.code));
    this.socket.on('end', () => this.socket.destroy());
    this.socket.on('close', () => this.onEnd());
  }

  send(frame: Buffer): void {
    this.socket.write(frame);
  }

  /** Says goodbye; `onEnd` follows when the server has hung up. */
  close(): void {
    this.isClosing = true;
    this.send(CLOSE);
  }

  destroy(): void {
    this.socket.destroy();
  }

  private dial({ host = '127.0.0.1', port, isSecure }: Target): Socket {
    if (isSecure) {
      const socket = connectSecurely({ host, port, servername: host }, () => this.upgrade());
      return socket.on('data', (bytes: Buffer) => this.read(bytes));
    }
    const onread = { buffer: chunk, callback: (length: number) => this.read(chunk.subarray(0, length)) };
    return connect({ host, port, noDelay: true, onread }, () => this.upgrade());
  }

  private upgrade(): void {
    const { path, host = '127.0.0.1', port } = this.target;
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
  }

  private read(bytes: Buffer): boolean {
    if (this.status === 101) this.reader.read(bytes);
    else this.head(bytes);
    this.onRead();
    return true;
  }

  /** Servers send the head of their answer at once. */
  private head(bytes: Buffer): void {
    this.status ||= Number(bytes.toString('latin1', 9, 12));
    const end = bytes.indexOf(END_OF_HEAD);
    if (this.status !== 101 || end < 0) return;
    if (!this.target.dialect.isOpening) this.open();
    if (end + 4 < bytes.length) this.reader.read(bytes.subarray(end + 4));
  }

  private open(): void {
    this.isOpen = true;
    this.onOpen();
  }

  private frame(opcode: number, bytes: Buffer, start: number): void {
    const { dialect } = this.target;
    if (opcode === OPCODES.text) {
      if (!this.isOpen && dialect.isOpening?.(bytes, start)) return this.open();
      const at = dialect.typeAt(bytes, start);
      if (at !== undefined) return this.onMessage(bytes[at]!);
      const answer = dialect.answer?.(bytes, start);
      if (answer) this.send(answer);
    } else if (opcode === OPCODES.ping) {
      this.send(PONG);
    } else if (opcode === OPCODES.close) {
      if (this.isClosing) this.socket.end();
      else this.socket.end(CLOSE);
    }
  }
}

export function targetOf(port: number, dialect: Dialect, member: Member): Target {
  return { port, dialect, path: dialect.path(member) };
}

/** Opens a socket to every target, so many at a time. @throws when one is refused or lost */
export async function openAll(targets: readonly Target[], atOnce = 32): Promise<Client[]> {
  const clients: Client[] = [];
  const rest = targets.values();
  const worker = async () => {
    for (const target of rest) clients.push(await openPatiently(target));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return clients;
}

/** A server that is too busy is asked again. */
export async function openPatiently(target: Target): Promise<Client> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open(target);
    } catch (error) {
      if (!(error instanceof Refused) || !error.isPassing || attempt === MAX_ATTEMPTS) throw error;
      await pause(RETRY_MS);
    }
  }
}

class Refused extends Error {
  constructor(
    readonly status: number,
    failure: string | undefined,
  ) {
    super(`refused: ${status || (failure ?? 'hung up without a word')}`);
  }

  /** No room at the moment, or lost on the way: a client comes again. */
  get isPassing(): boolean {
    return this.status === BUSY || this.status === 0;
  }
}

export function open(target: Target): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client: Client = new Client(target, () => {
      client.onEnd = () => undefined;
      resolve(client);
    });
    client.onEnd = () => reject(new Refused(client.status, client.failure));
  });
}
