import type { ShownPresence, Status } from './catalogue.js';
import type { Channel } from './channel.js';
import { Emitter } from './emitter.js';
import { asHadirError } from './errors.js';

/** The most users one request may name. */
const AT_ONCE = 200;
const AGAIN_MS = 1000;

export interface OwnPresence {
  readonly status: Status;
  /** When it returns to online by itself. */
  readonly expires_at: string | null;
}

interface PresenceEvents {
  /** Somebody looks different now. */
  change: ShownPresence;
  /** You do: here, or through another of your devices. */
  me: OwnPresence;
}

/**
 * Who is there. Kept by the snapshot of each connection and the changes after it; of two reports on a user the one with
 * the higher version counts. While there is no connection it shows what was last known.
 */
export class Presence extends Emitter<PresenceEvents> {
  /** Your own true status. */
  me: OwnPresence = { status: 'offline', expires_at: null };
  private readonly known = new Map<string, ShownPresence>();
  /** Users of whom this connection has said nothing yet. */
  private stale = new Set<string>();
  /** Whom the application watches, and how many times over. */
  private readonly watched = new Map<string, number>();
  private myId = '';
  private isComplete = false;
  private meCount = 0;

  constructor(private readonly channel: Channel) {
    super();
    channel.on('connected', ({ user_id, status }) => {
      this.myId = user_id;
      this.isComplete = false;
      this.stale = new Set(this.known.keys());
      this.setMe({ status, expires_at: this.me.status === status ? this.me.expires_at : null });
      this.ask([...this.watched.keys()]);
    });
    channel.on('presence_snapshot', ({ users }) => this.takeSnapshot(users));
    channel.on('user_status_change', ({ user_id, status, last_seen_at, version, expires_at = null }) => {
      if (user_id === this.myId) this.setMe({ status, expires_at });
      else if (status !== 'invisible') this.take({ user_id, status, last_seen_at, version });
    });
  }

  /** How a user looks; offline with version 0 if nothing is known. */
  get(userId: string): ShownPresence {
    return this.known.get(userId) ?? { user_id: userId, status: 'offline', last_seen_at: null, version: 0 };
  }

  /** Everybody known. */
  all(): ShownPresence[] {
    return [...this.known.values()];
  }

  /**
   * Chooses your status. @param expiresAt when it returns to online by itself
   * @throws HadirError such as `rate_limited`
   */
  async setStatus(status: Status, expiresAt?: Date): Promise<void> {
    const until = expiresAt && { expires_at: expiresAt.toISOString() };
    const { meCount } = this;
    const me = await this.channel.request('user_status_change', { status, ...until });
    // What another device chose since may be here already.
    if (this.meCount === meCount) this.setMe(me);
  }

  /**
   * Watches users of large rooms; members of small ones (PRESENCE_AUTO_WATCH) are watched without. Holds over reconnects.
   * @returns how to stop that
   */
  watch(userIds: readonly string[]): () => void {
    const mine = [...new Set(userIds)];
    const fresh = mine.filter((id) => !this.watched.has(id));
    for (const id of mine) this.watched.set(id, (this.watched.get(id) ?? 0) + 1);
    this.ask(fresh);
    let over = false;
    return () => {
      if (!over) this.unwatch(mine);
      over = true;
    };
  }

  private unwatch(userIds: readonly string[]): void {
    const idle = userIds.filter((id) => {
      const left = (this.watched.get(id) ?? 1) - 1;
      if (left > 0) this.watched.set(id, left);
      return left === 0 && this.watched.delete(id);
    });
    if (this.channel.state !== 'connected') return;
    for (const user_ids of chunks(idle)) this.channel.request('presence_unsubscribe', { user_ids }).catch(ignore);
  }

  private ask(userIds: readonly string[]): void {
    if (this.channel.state !== 'connected') return;
    for (const user_ids of chunks(userIds)) {
      this.channel.request('presence_subscribe', { user_ids }).then(
        ({ users }) => users.forEach((user) => this.take(user, user.version === 0)),
        (cause: unknown) => {
          const { code, retryAfterMs = AGAIN_MS } = asHadirError(cause);
          if (!['rate_limited', 'internal', 'unavailable', 'timeout'].includes(code)) return;
          setTimeout(() => this.ask(user_ids.filter((id) => this.watched.has(id))), retryAfterMs);
        },
      );
    }
  }

  /** The first of a connection is complete: whoever is not in it is gone, except those who are asked about apart. */
  private takeSnapshot(users: readonly ShownPresence[]): void {
    for (const user of users) this.take(user);
    if (this.isComplete) return;
    this.isComplete = true;
    for (const id of this.stale) {
      if (!this.watched.has(id)) this.take({ ...this.get(id), status: 'offline', version: 0 }, true);
    }
  }

  private take(user: ShownPresence, isCertain = false): void {
    const before = this.get(user.user_id);
    const isFirst = this.stale.delete(user.user_id) || !this.known.has(user.user_id);
    if (!isFirst && !isCertain && user.version <= before.version) return;
    this.known.set(user.user_id, user);
    if (user.status !== before.status || user.last_seen_at !== before.last_seen_at) this.emit('change', user);
  }

  private setMe(me: OwnPresence): void {
    this.meCount += 1;
    const { status, expires_at } = this.me;
    this.me = me;
    if (status !== me.status || expires_at !== me.expires_at) this.emit('me', me);
  }
}

function chunks(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, index) =>
    ids.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
}

function ignore(): void {
  // The connection is gone, and the watch with it.
}
