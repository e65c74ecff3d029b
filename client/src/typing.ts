import type { Channel } from './channel.js';
import { Emitter } from './emitter.js';
import { asHadirError } from './errors.js';

/** Without input for so long one is no longer typing, in ms. */
const IDLE_MS = 5000;

interface TypingEvents {
  /** The list of those who type in a room is another one now. */
  change: { readonly room_id: string; readonly user_ids: readonly string[] };
}

interface Mine {
  /**
   * By this clock, when the server had answered; infinite until then. No earlier than the server took it, which would
   * take the next one for a repetition and tell nobody.
   */
  startedAt: number;
  idle: ReturnType<typeof setTimeout>;
}

/** Who types where, yourself included (for the others). */
export class Typing extends Emitter<TypingEvents> {
  private readonly rooms = new Map<string, Map<string, ReturnType<typeof setTimeout>>>();
  private readonly mine = new Map<string, Mine>();
  /** Rooms the server says we are not in: asking again and again would cost the connection. */
  private readonly refused = new Set<string>();
  private throttleMs = 3000;

  constructor(private readonly channel: Channel) {
    super();
    channel.on('connected', ({ typing_throttle_ms }) => {
      this.throttleMs = Math.max(typing_throttle_ms, 1000);
      this.refused.clear();
    });
    channel.on('state', ({ state }) => {
      if (state !== 'connected') this.forgetAll();
    });
    channel.on('typing_start', ({ room_id, user_id, expires_at }, timestamp) =>
      this.begin(room_id, user_id, Date.parse(expires_at) - Date.parse(timestamp)),
    );
    channel.on('typing_stop', ({ room_id, user_id }) => this.end(room_id, user_id));
    channel.on('room_member_removed', ({ room_id, user_id }) => this.end(room_id, user_id));
    channel.on('room_added', ({ id }) => void this.refused.delete(id));
    channel.on('room_removed', ({ room_id }) => {
      this.forgetMine(room_id);
      for (const user_id of this.in(room_id)) this.end(room_id, user_id);
    });
  }

  /** The ids of the others who type in a room. */
  in(roomId: string): string[] {
    return [...(this.rooms.get(roomId)?.keys() ?? [])];
  }

  /** Call it at every keystroke: it tells the others as often as needed, and that you stopped after 5 s without one. */
  input(roomId: string): void {
    if (this.channel.state !== 'connected' || this.refused.has(roomId)) return;
    const before = this.mine.get(roomId);
    clearTimeout(before?.idle);
    const due = !before || performance.now() - before.startedAt >= this.throttleMs;
    const idle = setTimeout(() => this.stop(roomId), IDLE_MS);
    this.mine.set(roomId, { startedAt: due ? Infinity : before.startedAt, idle });
    if (due) void this.start(roomId);
  }

  /** Call it when the message is sent or the field is emptied. */
  stop(roomId: string): void {
    if (this.forgetMine(roomId) && this.channel.state === 'connected') void this.send('typing_stop', roomId);
  }

  private async start(roomId: string): Promise<void> {
    await this.send('typing_start', roomId);
    const mine = this.mine.get(roomId);
    if (mine) mine.startedAt = performance.now();
  }

  /** Never rejects. */
  private async send(type: 'typing_start' | 'typing_stop', roomId: string): Promise<void> {
    try {
      await this.channel.request(type, { room_id: roomId });
    } catch (cause) {
      const { code } = asHadirError(cause);
      if (code === 'room_not_found' || code === 'validation_failed') {
        this.refused.add(roomId);
        this.forgetMine(roomId);
      }
    }
  }

  /** @param forMs by the server's clock, so that a wrong one here does no harm */
  private begin(roomId: string, userId: string, forMs: number): void {
    const typers = this.rooms.get(roomId) ?? new Map<string, ReturnType<typeof setTimeout>>();
    this.rooms.set(roomId, typers);
    const isNew = !typers.has(userId);
    clearTimeout(typers.get(userId));
    typers.set(
      userId,
      setTimeout(() => this.end(roomId, userId), forMs + 1000),
    );
    if (isNew) this.tell(roomId);
  }

  private end(roomId: string, userId: string): void {
    const typers = this.rooms.get(roomId);
    clearTimeout(typers?.get(userId));
    if (!typers?.delete(userId)) return;
    if (typers.size === 0) this.rooms.delete(roomId);
    this.tell(roomId);
  }

  private tell(roomId: string): void {
    this.emit('change', { room_id: roomId, user_ids: this.in(roomId) });
  }

  private forgetMine(roomId: string): boolean {
    clearTimeout(this.mine.get(roomId)?.idle);
    return this.mine.delete(roomId);
  }

  private forgetAll(): void {
    for (const roomId of [...this.mine.keys()]) this.forgetMine(roomId);
    for (const roomId of [...this.rooms.keys()]) for (const userId of this.in(roomId)) this.end(roomId, userId);
  }
}
