import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/identity.js';
import type { Clock } from '../common/clock.js';
import type { Rate } from '../config/parsers.js';
import type { Problem } from '../common/problem.js';
import { closeCodes, connectionEvents, type CloseCause } from '../protocol/index.js';
import { ErrorBudget } from './error-budget.js';
import type { Corkable, Flusher } from './flusher.js';
import { envelope, PING, textFrame, type Frame } from './frame.js';
import { MessageLimit } from './message-limit.js';
import { Outbox } from './outbox.js';

/** The readyState of a socket that may be sent to. */
const OPEN = 1;

/** Where a connection comes from, as the handshake found it. */
export interface Peer {
  /** The client's address, behind trusted proxies too. */
  readonly address: string;
  readonly userAgent: string;
  readonly origin: string | undefined;
}

/** Why a connection ended: the server closed it, the client left with a close frame, or it just vanished. */
export type EndCause = CloseCause | 'left' | 'lost';

/** What a connection stands on. */
export interface Wire extends Corkable {
  readonly socket: WebSocket;
  readonly stream: Socket;
  readonly flusher: Flusher;
  readonly clock: Clock;
  readonly sendQueueBytes: number;
  readonly messageRate: Rate | null;
}

/** One accepted socket. Its user and session never change; its identity's expiry may be extended. */
export class Connection {
  readonly topics = new Set<string>();
  readonly openedAt: number;
  /** When the client was last heard from, ms since the epoch. */
  heardAt: number;
  /** Told once, when the connection ends for whatever reason. */
  onClosed: (connection: this, cause: EndCause) => void = ignore;
  readonly limit: MessageLimit;
  private readonly outbox: Outbox;
  /** Of those who have ever sent bad input: few have. */
  private errors: ErrorBudget | undefined;
  /** What must wait until `connected` was sent; undefined from then on. */
  private held: Frame[] | undefined = [];
  /** In how many ms the client was told to come back; undefined: it was not. */
  backInMs: number | undefined;
  /** Whether it is not read at present: it cannot be heard then either. */
  isPaused = false;
  private state: 'open' | 'closed' = 'open';

  constructor(
    readonly id: string,
    private current: Identity,
    readonly peer: Peer,
    private readonly wire: Wire,
  ) {
    this.limit = new MessageLimit(wire.messageRate);
    this.outbox = new Outbox(wire.stream, wire.sendQueueBytes, wire.clock, this);
    this.openedAt = this.heardAt = wire.clock.now();
    wire.stream.on('finish', hangUp);
  }

  get identity(): Identity {
    return this.current;
  }

  get userId(): string {
    return this.current.userId;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** Whether `connected` was sent. */
  get isGreeted(): boolean {
    return this.held === undefined;
  }

  get queuedBytes(): number {
    return this.outbox.queuedBytes;
  }

  isSubscribed(topic: string): boolean {
    return this.topics.has(topic);
  }

  /** Takes over a later expiry of the same user and session. */
  extend(identity: Identity): void {
    this.current = identity;
  }

  /** The client gave a sign of life. */
  hear(): void {
    this.heardAt = this.wire.clock.now();
  }

  /** Sends the connection's first frame, and then what was held back for it. */
  greet(data: object): void {
    const held = this.held ?? [];
    this.held = undefined;
    this.send(textFrame(envelope(connectionEvents.connected.type, data, this.wire.clock.now())));
    for (const frame of held) this.send(frame);
  }

  send(frame: Frame): void {
    if (this.state === 'closed' || this.wire.socket.readyState !== OPEN) return;
    if (this.held) {
      this.held.push(frame);
      return;
    }
    this.wire.flusher.hold(this.wire);
    if (!this.outbox.push(frame)) this.close('slow_consumer');
  }

  ping(): void {
    this.wire.flusher.hold(this.wire);
    this.wire.stream.write(PING.bytes);
  }

  /** Answers a request that succeeded. */
  answer(type: string, data: unknown, replyTo: string | undefined): void {
    this.send(textFrame(envelope(type, data, this.wire.clock.now(), replyTo === undefined ? {} : { replyTo })));
  }

  /** Answers with an error; the tenth of bad input within 60 s closes the connection. @param id the event's id, for bugs */
  refuse(problem: Problem, options: { id?: string; replyTo?: string | undefined } = {}): void {
    const { code, message, retryAfterMs, details } = problem;
    const data = { code, message, retry_after_ms: retryAfterMs, details };
    const { id, replyTo } = options;
    const now = this.wire.clock.now();
    this.send(textFrame(envelope('error', data, now, { ...(id && { id }), ...(replyTo && { replyTo }) })));
    if (problem.entry.countsAsBadInput && (this.errors ??= new ErrorBudget()).spend(now)) this.close('too_many_errors');
  }

  /** Stops or resumes reading from the client. */
  throttleReading(paused: boolean): void {
    this.isPaused = paused;
    if (paused) this.wire.socket.pause();
    else this.wire.socket.resume();
  }

  /** Closes with a code of the catalogue. Nothing is sent or handled after this. @param reason at most 123 bytes */
  close(cause: CloseCause, reason: string = closeCodes[cause].reason): void {
    if (this.state === 'closed') return;
    this.end(cause);
    this.wire.socket.close(closeCodes[cause].code, reason);
    if (cause === 'no_pong') this.wire.stream.destroySoon();
  }

  /** Closes because the node stops. The client is expected back after so many ms. */
  sendAway(retryAfterMs: number): void {
    this.backInMs = retryAfterMs;
    this.close('going_away', JSON.stringify({ retry_after_ms: retryAfterMs }));
  }

  /** The client broke the protocol. It is read on, as closing over unread bytes would reset the connection, and lose it the reason. */
  readOut(): void {
    this.wire.stream.off('finish', hangUp);
  }

  /** Resolves when the TCP connection has ended. */
  whenGone(): Promise<void> {
    return new Promise((resolve) => this.wire.stream.once('close', resolve));
  }

  /** The socket is gone or going, by the client's doing or ours. */
  end(cause: EndCause): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.held = undefined;
    this.outbox.end();
    this.onClosed(this, cause);
  }
}

function ignore(): void {}

/**
 * When everything is sent, the answer to a close frame included, the TCP connection is for the server to end, says
 * RFC 6455. ws would wait for the client's end, and then end once more what has ended.
 */
function hangUp(this: Socket): void {
  this.destroy();
}
