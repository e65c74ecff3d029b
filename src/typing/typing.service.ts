import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problem.js';
import { TypingSettings } from '../config/settings.js';
import { Presence } from '../presence/presence.service.js';
import type { Connection } from '../realtime/connection.js';
import { roomTopic } from '../rooms/room-topic.js';
import { TypingAnnouncer } from './typing-announcer.js';
import { type Typist, TypingLedger } from './typing-ledger.js';
import { type RemoteStart, type Turn, TypingRelay } from './typing-relay.js';

/** Who is typing in which room. Every typing that others were told of ends for them exactly once. */
@Injectable()
export class Typing {
  private readonly ledger = new TypingLedger();
  private waiting = false;

  constructor(
    private readonly presence: Presence,
    private readonly announcer: TypingAnnouncer,
    private readonly relay: TypingRelay,
    private readonly clock: Clock,
    private readonly settings: TypingSettings,
  ) {
    presence.onHidden((userId) => this.ledger.ofUser(userId).forEach((typist) => this.finish(typist)));
    relay.onStart((start) => this.yieldTo(start));
    relay.onEnd((turn) => this.endTurn(turn));
  }

  /** @throws Problem room_not_found */
  start(connection: Connection, roomId: string): void {
    const topic = topicOf(connection, roomId);
    const { userId } = connection;
    if (this.presence.isHidden(userId)) return;
    const now = this.clock.now();
    const known = this.ledger.find(userId, topic);
    const repeated = known && now - known.announcedAt < this.settings.throttleMs;
    const typist: Typist = {
      userId,
      roomId: roomId.toLowerCase(),
      topic,
      connectionId: connection.id,
      turn: Math.max(now, (known?.turn ?? 0) + 1),
      announcedAt: repeated ? known.announcedAt : now,
      expiresAt: now + this.settings.ttlMs,
    };
    this.keep(typist);
    if (!repeated) this.announcer.started(typist);
    if (this.presence.isElsewhere(userId)) this.relay.tellStart(typist, now - typist.announcedAt);
  }

  /** @throws Problem room_not_found */
  stop(connection: Connection, roomId: string): void {
    const typist = this.ledger.find(connection.userId, topicOf(connection, roomId));
    if (typist) this.end(typist);
  }

  /** The connection no longer hears the topic: what it began there is over. */
  left(connection: Connection, topic: string): void {
    const typist = this.ledger.find(connection.userId, topic);
    if (typist?.connectionId === connection.id) this.end(typist);
  }

  private end(typist: Typist): void {
    this.finish(typist);
    if (this.presence.isElsewhere(typist.userId)) this.relay.tellEnd(typist);
  }

  private finish(typist: Typist): void {
    this.ledger.remove(typist);
    if (typist.connectionId !== undefined) this.announcer.stopped(typist);
  }

  private yieldTo({ userId, roomId, turn, node, announcedAgoMs }: RemoteStart): void {
    if (!this.presence.isElsewhere(userId)) return;
    const topic = roomTopic(roomId);
    const known = this.ledger.find(userId, topic);
    if (known && (known.turn > turn || (known.turn === turn && !this.relay.precedes(node)))) return;
    const now = this.clock.now();
    const announcedAt = now - announcedAgoMs;
    const expiresAt = now + this.settings.ttlMs;
    this.keep({ userId, roomId, topic, connectionId: undefined, turn, announcedAt, expiresAt });
  }

  private endTurn({ userId, roomId, turn }: Turn): void {
    const typist = this.ledger.find(userId, roomTopic(roomId));
    if (typist && typist.turn <= turn) this.finish(typist);
  }

  private keep(typist: Typist): void {
    this.ledger.put(typist);
    this.wait();
  }

  /** One timer, for whoever expires first, while anybody types. */
  private wait(): void {
    const next = this.ledger.next();
    if (this.waiting || next === undefined) return;
    this.waiting = true;
    this.clock.after(Math.max(0, next - this.clock.now()), () => {
      this.waiting = false;
      for (const typist of this.ledger.takeExpired(this.clock.now())) this.finish(typist);
      this.wait();
    });
  }
}

function topicOf(connection: Connection, roomId: string): string {
  const topic = roomTopic(roomId.toLowerCase());
  if (!connection.isSubscribed(topic)) throw new Problem('room_not_found');
  return topic;
}
