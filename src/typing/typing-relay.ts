import { Injectable } from '@nestjs/common';
import { NodeIdentity } from '../cluster/node-identity.js';
import { Signals } from '../cluster/signals.js';

/** A turn of a user's typing in a room; a later one has a higher number, wherever it began. */
export interface Turn {
  readonly userId: string;
  readonly roomId: string;
  readonly turn: number;
}

export interface RemoteStart extends Turn {
  readonly node: string;
  /** How long before this start others were last told, in ms: an age, because clocks differ. */
  readonly announcedAgoMs: number;
}

declare module '../cluster/signals.js' {
  interface SignalMap {
    'typing.start': RemoteStart;
    'typing.end': Turn & { readonly node: string };
  }
}

/** Tells the other nodes of a user who has sockets there too, so that just one of them ends the typing. */
@Injectable()
export class TypingRelay {
  constructor(
    private readonly node: NodeIdentity,
    private readonly signals: Signals,
  ) {}

  tellStart({ userId, roomId, turn }: Turn, announcedAgoMs: number): void {
    this.signals.emit('typing.start', { userId, roomId, turn, announcedAgoMs, node: this.node.id });
  }

  tellEnd({ userId, roomId, turn }: Turn): void {
    this.signals.emit('typing.end', { userId, roomId, turn, node: this.node.id });
  }

  onStart(listener: (start: RemoteStart) => void): void {
    this.signals.on('typing.start', (start) => start.node !== this.node.id && listener(start));
  }

  onEnd(listener: (turn: Turn) => void): void {
    this.signals.on('typing.end', (end) => end.node !== this.node.id && listener(end));
  }

  /** Which of two nodes holds a turn that both began at once. */
  precedes(node: string): boolean {
    return this.node.id < node;
  }
}
