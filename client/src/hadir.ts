import { Address, takesNoTicket } from './address.js';
import { Backoff, LEAST_MS } from './backoff.js';
import type { ClientRequests, ServerEvents } from './catalogue.js';
import type { Channel, HadirEvents, RequestType, State, StateChange } from './channel.js';
import { Emitter } from './emitter.js';
import { asHadirError, closing, HadirError } from './errors.js';
import { type Frame, Link, type SocketClass } from './link.js';
import { Presence } from './presence.js';
import { Requests } from './requests.js';
import { buyTicket } from './ticket.js';
import { Typing } from './typing.js';
import { type TokenReason, TokenSource } from './token-source.js';
import { Pulse } from './pulse.js';

/** A connection that lasted so long was a good one: the next wait is a first one again. */
const STABLE_MS = 5000;
/** The close code of somebody who went on over the rate limit. However long that connection lasted, it was no good one. */
const TOO_MUCH = 4008;
/** The close code of a connection that ended without one, or never came to be. */
const LOST = 1006;
/** After tries that took too long the next may take so many times as long, at most. */
const MOST_PATIENCE = 3;
/** The longest a timer can wait, in ms; beyond it rings at once. */
const LONGEST_MS = 2 ** 31 - 1;

export interface HadirOptions {
  /**
   * Gives an access token that is valid now; asked before every connection and whenever the present one runs out, so
   * refresh it here. Null means that nobody is logged in: the client stops. If it throws, it is asked again later,
   * unless it throws a HadirError that is not `retryable`.
   */
  getToken: (reason: TokenReason) => string | null | Promise<string | null>;
  /** The WebSocket of `ws` for Node below 22. Default: the built-in one. */
  WebSocket?: SocketClass;
  /** How long a request waits for its answer. Default 10,000. */
  requestTimeoutMs?: number;
  /** How long a try to connect may take; after tries that took too long up to three times that. Default 10,000. */
  connectTimeoutMs?: number;
  /** From 0 to below 1. Default Math.random. */
  random?: () => number;
}

/** A connection to Hadir that comes back by itself. */
export class Hadir extends Emitter<HadirEvents> implements Channel {
  state: State = 'disconnected';
  /** What the server said at the start of this connection; absent while there is none. */
  session: ServerEvents['connected'] | undefined;
  readonly presence: Presence;
  readonly typing: Typing;
  private readonly address: Address;
  private readonly options: Required<HadirOptions>;
  private readonly backoff: Backoff;
  private readonly requests = new Requests();
  private link: Link | undefined;
  private attempt = new AbortController();
  /** The next try, or the end of the present one. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isWaiting = false;
  /** Not to return before: the server said so. */
  private notBefore = 0;
  private connectedAt = 0;
  private staleTokens = 0;
  /** Tries in a row that took too long: where a server lets thousands in one after the other, patience is what helps. */
  private slowTries = 0;
  /** Sockets in a row that were lost before the server's first word, although there was a good ticket. */
  private unopened = 0;
  private readonly tokens: TokenSource;
  private readonly pulse: Pulse;

  /** @param url of the server, such as https://chat.example.com or wss://chat.example.com/ws */
  constructor(url: string, options: HadirOptions) {
    super();
    this.address = new Address(url);
    this.options = complete(options);
    this.backoff = new Backoff(this.options.random);
    this.presence = new Presence(this);
    this.typing = new Typing(this);
    this.tokens = new TokenSource(this, this.options, (error) => this.stop(error));
    this.pulse = new Pulse(this, {
      dead: (error) => this.lose(error),
      slept: () => this.tokens.refresh(),
      hurry: () => this.hurry(),
    });
  }

  /** Connects, and from then on returns whenever the connection is lost. `state` events tell how it goes. */
  connect(): void {
    if (this.state !== 'disconnected') return;
    this.backoff.reset();
    this.notBefore = this.staleTokens = this.slowTries = 0;
    this.pulse.start();
    this.state = 'connecting';
    void this.dial();
    this.emit('state', { state: 'connecting' });
  }

  /** Ends the connection; open requests fail with `disconnected`. */
  disconnect(): void {
    this.stop(new HadirError('disconnected'));
  }

  /** Resolves when connected. @throws HadirError (as a rejection) with the reason, if the client stops instead */
  ready(): Promise<ServerEvents['connected']> {
    if (this.session) return Promise.resolve(this.session);
    if (this.state === 'disconnected') return Promise.reject(new HadirError('disconnected'));
    return new Promise((resolve, reject) => {
      const off = this.on('state', ({ state, error }) => {
        if (state === 'connecting') return;
        off();
        if (this.session) resolve(this.session);
        else reject(error ?? new HadirError('disconnected'));
      });
    });
  }

  /**
   * Asks the server; while connecting it waits for the connection.
   * @throws HadirError (as a rejection): the server's refusal, `timeout`, `closed` (lost on the way: it may or may not
   * have been done) or `disconnected`
   */
  request<Type extends RequestType>(
    type: Type,
    data: ClientRequests[Type]['data'],
    timeoutMs = this.options.requestTimeoutMs,
  ): Promise<ClientRequests[Type]['reply']> {
    if (this.state === 'disconnected') return Promise.reject(new HadirError('disconnected'));
    const link = this.session && this.link?.isOpen ? this.link : undefined;
    return this.requests.ask(type, data, timeoutMs, link && ((message) => link.send(message))) as Promise<
      ClientRequests[Type]['reply']
    >;
  }

  /** One try: a token, a ticket, a socket, and the server's first word. */
  private async dial(): Promise<void> {
    const { signal } = (this.attempt = new AbortController());
    this.isWaiting = false;
    const { connectTimeoutMs, WebSocket } = this.options;
    const patienceMs = connectTimeoutMs * Math.min(1 + this.slowTries, MOST_PATIENCE);
    this.timer = setTimeout(() => this.giveUp(), patienceMs);
    try {
      const token = await this.tokens.get('connect');
      if (signal.aborted) return;
      const ticket = await buyTicket(this.address.tickets, token, signal);
      if (signal.aborted) return;
      const door = takesNoTicket(this.unopened) ? this.address.byToken(token) : this.address.byTicket(ticket);
      this.link = new Link(door, WebSocket, {
        frame: (frame) => this.hear(frame),
        closed: (code, reason) => this.closed(code, reason),
      });
    } catch (error) {
      if (!signal.aborted) this.lose(asHadirError(error));
    }
  }

  private closed(code: number, reason: string): void {
    if (!this.session && code === LOST) this.unopened += 1;
    this.lose(closing(code, reason));
  }

  private giveUp(): void {
    this.slowTries += 1;
    if (takesNoTicket(this.unopened)) this.unopened += 1;
    this.lose(new HadirError('timeout', 'No connection in time.'));
  }

  private hear(frame: Frame): void {
    this.pulse.beat();
    const { type, data, timestamp } = frame;
    if (this.requests.answer(frame)) return;
    if (type === 'connected') this.welcome(data as ServerEvents['connected']);
    if (this.session) this.emit(type as keyof ServerEvents, data, timestamp);
  }

  private welcome(session: ServerEvents['connected']): void {
    clearTimeout(this.timer);
    this.session = session;
    this.connectedAt = performance.now();
    this.staleTokens = this.notBefore = this.slowTries = 0;
    this.unopened = takesNoTicket(this.unopened) ? 2 : 0;
    this.requests.flush((message) => this.link?.send(message));
    this.enter({ state: 'connected' });
  }

  /** The connection is gone, or could not be made: returns later, or not at all. */
  private lose(error: HadirError): void {
    const wasStable = this.session !== undefined && performance.now() - this.connectedAt >= STABLE_MS;
    this.hangUp();
    const isStale = error.code === 'token_expired' || error.code === 'token_invalid';
    if (isStale) this.staleTokens += 1;
    if (isStale ? this.staleTokens > 1 : !error.retryable) return this.stop(error);
    if (wasStable && error.closeCode !== TOO_MUCH) this.backoff.reset();
    this.requests.failAll(error, false);
    this.returnIn(this.pause(error), error);
  }

  /** A server that goes away spreads its clients itself; other waits are the same for many, and are spread here. */
  private pause({ code, retryAfterMs }: HadirError): number {
    if (retryAfterMs === undefined) return this.backoff.next();
    this.notBefore = Date.now() + retryAfterMs;
    const isOwn = code === 'closed' && retryAfterMs >= LEAST_MS;
    return isOwn ? retryAfterMs : retryAfterMs + this.backoff.next();
  }

  private returnIn(ms: number, error?: HadirError): void {
    clearTimeout(this.timer);
    this.isWaiting = true;
    this.timer = setTimeout(() => void this.dial(), Math.min(ms, LONGEST_MS));
    this.enter({ state: 'connecting', retryInMs: ms, ...(error && { error }) });
  }

  private stop(error: HadirError): void {
    if (this.state === 'disconnected') return;
    this.hangUp();
    this.pulse.stop();
    this.requests.failAll(error, true);
    this.enter({ state: 'disconnected', error });
  }

  private hangUp(): void {
    const { link } = this;
    this.attempt.abort();
    clearTimeout(this.timer);
    this.isWaiting = false;
    this.link = this.session = undefined;
    link?.abandon();
  }

  /** The network is back: no need to wait any longer, unless the server wants it. Spread, as a whole office may be. */
  private hurry(): void {
    if (this.isWaiting && Date.now() >= this.notBefore) this.returnIn(this.options.random() * 500);
  }

  private enter(change: StateChange): void {
    this.state = change.state;
    this.emit('state', change);
  }
}

function complete({
  WebSocket = (globalThis as unknown as { WebSocket?: SocketClass }).WebSocket,
  requestTimeoutMs = 10_000,
  connectTimeoutMs = 10_000,
  random = Math.random,
  getToken,
}: Partial<HadirOptions> = {}): Required<HadirOptions> {
  if (!WebSocket)
    throw new TypeError('There is no WebSocket here (Node has one from 22 on): pass { WebSocket } of `ws`.');
  if (typeof getToken !== 'function') throw new TypeError('Hadir needs { getToken }, which gives an access token.');
  return { WebSocket, requestTimeoutMs, connectTimeoutMs, random, getToken };
}
