import type { WebSocket } from 'ws';
import type { Identity } from '../auth/identity.js';
import type { Problem } from '../common/problem.js';
import { closeCodes, type CloseCause } from '../protocol/index.js';
import { encode, type Frame } from './frame.js';

/** Where a connection comes from, as the handshake found it. */
export interface Peer {
  readonly address: string;
  readonly userAgent: string;
  readonly origin: string | undefined;
}

export class Connection {
  readonly topics = new Set<string>();
  identity: Identity;

  constructor(
    readonly id: string,
    identity: Identity,
    readonly peer: Peer,
    private readonly socket: WebSocket,
  ) {
    this.identity = identity;
  }

  get userId(): string {
    return this.identity.userId;
  }

  isSubscribed(topic: string): boolean {
    return this.topics.has(topic);
  }

  send(frame: Frame): void {
    this.socket.send(frame.text);
  }

  refuse(problem: Problem, replyTo?: string): void {
    this.send(encode('error', { code: problem.code, message: problem.message }, Date.now(), replyTo));
  }

  close(cause: CloseCause, reason: string = closeCodes[cause].reason): void {
    this.socket.close(closeCodes[cause].code, reason);
  }
}
