import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/identity.js';
import { has, NONE, withItem, withoutItem } from '../common/few.js';
import type { Rate } from '../config/parsers.js';
import type { Problem } from '../common/problem.js';
import { closeCodes, connectionEvents, type CloseCause } from '../protocol/index.js';
import { ErrorBudget } from './error-budget.js';
import { envelope, envelopeOf, PING, textFrame, type Frame } from './frame.js';
import { MessageLimit } from './message-limit.js';
import { Outbox, type Post } from './outbox.js';

/** The readyState of a socket that may be sent to. */
const OPEN = 1;
/** How long a client that has hung up may take to read, in milliseconds. */
const LAST_WORDS_MS = 5000;

/** Why a connection ended: the server closed it, the client left with a close frame, or it just vanished. */
export type EndCause = CloseCause | 'left' | 'lost';

/** What all connections of a node have in common. */
export interface Node extends Post {
  readonly messageRate: Rate | null;
}

/** What a connection stands on. */
export interface Wire {
  readonly socket: WebSocket;
  readonly stream: Socket;
  readonly node: Node;
}

/** One accepted socket. Its user and session never change; its identity's expiry may be extended. */
export class Connection {
  /** When the client was last heard from, ms since the epoch. */
  heardAt: number;
  /** Told once, when the connection ends for whatever reason. */
  onClosed: (connection: this, cause: EndCause) => void = ignore;
  private subscriptions = NONE;
  private readonly socket: WebSocket;
  private readonly node: Node;
  private readonly outbox: Outbox;
  /** Of those who have ever sent anything. */
  private ownLimit: MessageLimit | undefined;
  /** Of those who have ever sent bad input: few have. */
  private errors: ErrorBudget | undefined;
  /** In how many ms the client was told to come back; undefined: it was not. */
  backInMs: number | undefined;
  /** Whether it is not read at present: it cannot be heard then either. */
  isPaused = false;
  private state: 'open' | 'closed' = 'open';

  /** @param address the client's, behind trusted proxies too */
  constructor(
    readonly id: string,
    private current: Identity,
    readonly address: string,
    { socket, stream, node }: Wire,
  ) {
    this.socket = socket;
    this.node = node;
    this.outbox = new Outbox(stream, node, this);
    this.heardAt = node.clock.now();
    stream.on('finish', hangUp);
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
    return this.outbox.isOpen;
  }

  get queuedBytes(): number {
    return this.outbox.queuedBytes;
  }

  /** What its client has sent of late, as RATE_LIMIT_MESSAGES counts it. */
  get limit(): MessageLimit {
    return (this.ownLimit ??= new MessageLimit(this.node.messageRate));
  }

  get topics(): Iterable<string> {
    return this.subscriptions;
  }

  isSubscribed(topic: string): boolean {
    return has(this.subscriptions, topic);
  }

  /** @returns false when it was subscribed already. */
  subscribe(topic: string): boolean {
    if (this.isSubscribed(topic)) return false;
    this.subscriptions = withItem(this.subscriptions, topic);
    return true;
  }

  /** @returns false when it was not subscribed. */
  unsubscribe(topic: string): boolean {
    if (!this.isSubscribed(topic)) return false;
    this.subscriptions = withoutItem(this.subscriptions, topic);
    return true;
  }

  /** Takes over a later expiry of the same user and session. */
  extend(identity: Identity): void {
    this.current = identity;
  }

  /** The client gave a sign of life. */
  hear(): void {
    this.heardAt = this.node.clock.now();
  }

  /** Sends the connection's first frame, and then what was held back for it. @param data as JSON */
  greet(data: string): void {
    this.outbox.open(textFrame(envelopeOf(connectionEvents.connected.type, data, this.node.clock.now())));
  }

  /** What was gathered for it goes out now: what it is greeted with, so that it leaves with the 101. */
  flush(): void {
    this.outbox.flush();
  }

  send(frame: Frame): void {
    if (!this.outbox.push(frame)) this.close('slow_consumer');
  }

  ping(): void {
    this.outbox.send(PING);
  }

  /** Answers a request that succeeded. */
  answer(type: string, data: unknown, replyTo: string | undefined): void {
    this.send(textFrame(envelope(type, data, this.node.clock.now(), replyTo === undefined ? {} : { replyTo })));
  }

  /** Answers with an error; the tenth of bad input within 60 s closes the connection. @param id the event's id, for bugs */
  refuse(problem: Problem, options: { id?: string; replyTo?: string | undefined } = {}): void {
    const { code, message, retryAfterMs, details } = problem;
    const data = { code, message, retry_after_ms: retryAfterMs, details };
    const { id, replyTo } = options;
    const now = this.node.clock.now();
    this.send(textFrame(envelope('error', data, now, { ...(id && { id }), ...(replyTo && { replyTo }) })));
    if (problem.entry.countsAsBadInput && (this.errors ??= new ErrorBudget()).spend(now)) this.close('too_many_errors');
  }

  /** A close frame is about to be sent, whoever asked for it: what was sent before leaves before, and nothing after. */
  fallSilent(): void {
    this.outbox.end();
  }

  /** Stops or resumes reading from the client. */
  throttleReading(paused: boolean): void {
    this.isPaused = paused;
    if (paused) this.socket.pause();
    else this.socket.resume();
  }

  /** Closes with a code of the catalogue. Nothing is sent or handled after this. @param reason at most 123 bytes */
  close(cause: CloseCause, reason: string = closeCodes[cause].reason): void {
    if (this.state === 'closed') return;
    const isLeaving = this.socket.readyState !== OPEN;
    this.end(cause);
    this.socket.close(closeCodes[cause].code, reason);
    // Its client has hung up and perhaps never reads what is still to be sent: ws waits for that without an end.
    if (isLeaving) this.node.clock.after(LAST_WORDS_MS, () => this.outbox.stream.destroy());
    if (cause === 'no_pong') this.outbox.stream.destroySoon();
  }

  /** Closes because the node stops. The client is expected back after so many ms. */
  sendAway(retryAfterMs: number): void {
    this.backInMs = retryAfterMs;
    this.close('going_away', JSON.stringify({ retry_after_ms: retryAfterMs }));
  }

  /** The client broke the protocol. It is read on, as closing over unread bytes would reset the connection, and lose it the reason. */
  readOut(): void {
    this.outbox.stream.off('finish', hangUp);
  }

  /** Resolves when the TCP connection has ended. */
  whenGone(): Promise<void> {
    return new Promise((resolve) => this.outbox.stream.once('close', resolve));
  }

  /** The socket is gone or going, by the client's doing or ours. */
  end(cause: EndCause): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
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
