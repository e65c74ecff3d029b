import { Injectable } from '@nestjs/common';
import { Clock, iso } from '../common/clock.js';
import { TypingSettings } from '../config/settings.js';
import { Presence } from '../presence/presence.service.js';
import { typingEvents } from '../protocol/index.js';
import { Fanout } from '../realtime/fanout.js';
import { roomTopic } from '../rooms/room-topic.js';
import type { Typist } from './typing-ledger.js';
import { TypingRelay } from './typing-relay.js';

/** How much later than due the word of another node may come, in milliseconds. */
const SLACK_MS = 1000;

/**
 * Tells others of typing. What another node told the sockets here that node is to end as well; if its word never comes,
 * because it died or the bus was down, the typing ends for them here, and if it comes after all, or for what nobody here
 * heard of, they are spared it.
 */
@Injectable()
export class TypingAnnouncer {
  /** Typing that other nodes are to end, by room and user, with when that is overdue: the earliest first. */
  private readonly overdue = new Map<string, number>();
  private readonly patienceMs: number;
  private waiting = false;

  constructor(
    private readonly fanout: Fanout,
    presence: Presence,
    relay: TypingRelay,
    private readonly clock: Clock,
    { ttlMs, throttleMs }: TypingSettings,
  ) {
    // Until then others are not told that somebody goes on typing.
    this.patienceMs = throttleMs + ttlMs + SLACK_MS;
    fanout.admits = (key) => this.admit(key);
    relay.onStart(({ roomId, userId }) => {
      if (presence.isElsewhere(userId)) this.expect(nameOf(roomId, userId));
    });
  }

  started({ userId, roomId, topic, expiresAt }: Typist): void {
    this.overdue.delete(nameOf(roomId, userId));
    const event = { room_id: roomId, user_id: userId, expires_at: iso(expiresAt) };
    this.fanout.publish(typingEvents.started, event, { to: [topic], exceptUser: userId });
  }

  stopped({ userId, roomId, topic }: Typist): void {
    this.overdue.delete(nameOf(roomId, userId));
    const event = { room_id: roomId, user_id: userId };
    this.fanout.publish(typingEvents.stopped, event, { to: [topic], exceptUser: userId });
  }

  /** The user has lost the room, whatever else is heard of it. */
  endElsewhere(userId: string, topic: string): void {
    const roomId = topic.slice(roomTopic('').length);
    if (this.overdue.delete(nameOf(roomId, userId))) this.stoppedHere(roomId, userId);
  }

  private admit(key: string): boolean {
    const [type, roomId = '', userId = ''] = key.split(' ');
    const typing = nameOf(roomId, userId);
    if (type === typingEvents.started.type) this.expect(typing);
    else if (type === typingEvents.stopped.type) return this.overdue.delete(typing);
    return true;
  }

  private expect(typing: string): void {
    this.overdue.delete(typing);
    this.overdue.set(typing, this.clock.now() + this.patienceMs);
    this.wait();
  }

  /** One timer, for the earliest. */
  private wait(): void {
    const [next] = this.overdue.values();
    if (this.waiting || next === undefined) return;
    this.waiting = true;
    this.clock.after(Math.max(0, next - this.clock.now()), () => {
      this.waiting = false;
      this.endOverdue();
      this.wait();
    });
  }

  private endOverdue(): void {
    const now = this.clock.now();
    for (const [typing, at] of this.overdue) {
      if (at > now) return;
      this.overdue.delete(typing);
      const [roomId = '', userId = ''] = typing.split(' ');
      this.stoppedHere(roomId, userId);
    }
  }

  private stoppedHere(roomId: string, userId: string): void {
    const recipients = { to: [roomTopic(roomId)], exceptUser: userId };
    this.fanout.publishHere(typingEvents.stopped, { room_id: roomId, user_id: userId }, recipients);
  }
}

function nameOf(roomId: string, userId: string): string {
  return `${roomId} ${userId}`;
}
