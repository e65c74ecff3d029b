import type { SocketClass } from '@hadir/client';

/** Something that went over the socket, or what happened to it. */
export interface LoggedFrame {
  readonly at: number;
  readonly direction: 'sent' | 'received' | 'socket';
  readonly type: string;
  /** What it is about: the frame without its type, its time and its own id. */
  readonly gist: string;
  /** The frame as it went; tokens are left out. */
  readonly text: string;
}

/** The most that is kept. */
const MOST = 500;

/** What went over the sockets of one pane, the newest last. Tells of each by `add`, and by `change` of all at once. */
export class FrameLog extends EventTarget {
  readonly entries: LoggedFrame[] = [];
  private socket: WebSocket | undefined;

  /** A WebSocket that writes down what goes through it. */
  recorder(): SocketClass {
    const sent = (text: string) => this.add('sent', text);
    const opened = (socket: WebSocket) => this.watch(socket);
    return class extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        opened(this);
      }

      override send(text: string): void {
        sent(text);
        super.send(text);
      }
    };
  }

  /** Sends text as it is, past the client. @returns whether there was a socket to send it on */
  sendRaw(text: string): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(text);
    return true;
  }

  clear(): void {
    this.entries.length = 0;
    this.dispatchEvent(new Event('change'));
  }

  private watch(socket: WebSocket): void {
    this.socket = socket;
    socket.addEventListener('open', () => this.note('open', 'The handshake was accepted.'));
    socket.addEventListener('message', ({ data }) => this.add('received', String(data)));
    socket.addEventListener('close', ({ code, reason }) => this.note('close', `${code} ${reason}`.trim()));
  }

  private add(direction: 'sent' | 'received', text: string): void {
    this.push({ at: Date.now(), direction, ...read(text) });
  }

  private note(type: string, text: string): void {
    this.push({ at: Date.now(), direction: 'socket', type, gist: text, text });
  }

  private push(entry: LoggedFrame): void {
    this.entries.push(entry);
    if (this.entries.length > MOST) this.entries.shift();
    this.dispatchEvent(new CustomEvent('add', { detail: entry }));
  }
}

interface Frame {
  readonly type?: unknown;
  readonly data?: unknown;
  readonly id?: string;
  readonly timestamp?: string;
  readonly reply_to?: string;
}

function read(text: string): Pick<LoggedFrame, 'type' | 'gist' | 'text'> {
  const frame = parsed(text);
  if (frame === undefined) return { type: '?', gist: text, text };
  const request = frame.reply_to ?? (frame.timestamp === undefined ? frame.id : undefined);
  return {
    type: typeof frame.type === 'string' ? frame.type : '?',
    gist: `${request === undefined ? '' : `#${request} `}${JSON.stringify(frame.data, withoutTokens) ?? ''}`,
    text: JSON.stringify(frame, withoutTokens),
  };
}

function parsed(text: string): Frame | undefined {
  try {
    const frame = JSON.parse(text) as unknown;
    return typeof frame === 'object' && frame !== null ? frame : undefined;
  } catch {
    return undefined;
  }
}

/** A log gets copied into mails and issues. */
export function withoutTokens(key: string, value: unknown): unknown {
  return key === 'token' && typeof value === 'string' ? '•••' : value;
}
