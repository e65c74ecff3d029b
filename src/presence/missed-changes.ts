import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isoOrNull } from '../common/clock.js';
import { presenceEvents } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { type ConnectionObserver, Connections } from '../realtime/connections.js';
import { Audience } from './audience.js';
import { view } from './presence-announcer.js';
import { ownStatus } from './presence-state.js';
import { PresenceStore } from './presence-store.js';
import { watchedUser } from './presence-topic.js';
import { UsersHere } from './users-here.js';

/** Between a change and its event, in milliseconds: what changed so long before something went missing may be missing too. */
const MARGIN_MS = 200;

/**
 * Tells connections of the changes whose events never reached this node. A version is a time by the store's clock, which
 * says which those are. Whom the store does not know is left out: it may have lost its memory, and nobody goes offline
 * because of that.
 */
@Injectable()
export class MissedChanges implements ConnectionObserver, OnApplicationBootstrap {
  constructor(
    private readonly store: PresenceStore,
    private readonly audience: Audience,
    private readonly here: UsersHere,
    private readonly connections: Connections,
  ) {}

  /** After the rooms, which say who is watched. */
  onApplicationBootstrap(): void {
    this.connections.observe(this);
  }

  async missed(connection: Connection, forMs: number): Promise<void> {
    const since = (await this.store.now()) - forMs - MARGIN_MS;
    const { userId } = connection;
    const states = await this.store.read([userId, ...(await this.watchedBy(connection))]);
    const own = states.get(userId);
    if (own) this.here.learn(userId, own);
    states.delete(userId);
    // A revision is a time by the store's clock too.
    if (own && own.revision >= since) {
      const truth = {
        ...view(userId, own.shown),
        status: ownStatus(own),
        expires_at: isoOrNull(own.choice?.expiresAt),
      };
      connection.answer(presenceEvents.statusChanged.type, truth, undefined);
    }
    for (const [id, { shown }] of states) {
      if (shown.version >= since) connection.answer(presenceEvents.statusChanged.type, view(id, shown), undefined);
    }
  }

  private async watchedBy({ userId, topics }: Connection): Promise<Set<string>> {
    const asked = [...topics].flatMap((topic) => watchedUser(topic) ?? []);
    const sharing = asked.length > 0 ? await this.audience.sharing(userId, asked) : new Set<string>();
    return new Set([...(await this.audience.peers(userId)), ...asked.filter((id) => sharing.has(id))]);
  }
}
