import { Injectable } from '@nestjs/common';
import { goOn, type Soon } from '../common/soon.js';
import type { ShownPresence } from '../protocol/index.js';
import { Audience } from './audience.js';
import { view } from './presence-announcer.js';
import { PresenceChoices } from './presence-choices.js';
import { PresenceStore } from './presence-store.js';

/** What users look like to others. */
@Injectable()
export class PresenceLens {
  constructor(
    private readonly store: PresenceStore,
    private readonly choices: PresenceChoices,
    private readonly audience: Audience,
  ) {}

  /** Each of the users as the viewer may see them: who shares no room with the viewer looks like one who was never here. */
  async shownTo(viewerId: string, userIds: readonly string[]): Promise<ShownPresence[]> {
    const sharing = await this.audience.sharing(viewerId, userIds);
    const seen = new Map(
      (await this.shown(userIds.filter((id) => sharing.has(id)))).map((user) => [user.user_id, user]),
    );
    return userIds.map((id) => seen.get(id) ?? view(id, { status: 'offline', version: 0, lastSeenAt: null }));
  }

  /** Those of the users who are not offline to others. */
  notOffline(userIds: readonly string[]): Soon<ShownPresence[]> {
    return goOn(this.store.read(userIds), (states) => {
      const users: ShownPresence[] = [];
      for (const [id, { shown }] of states) if (shown.status !== 'offline') users.push(view(id, shown));
      return users;
    });
  }

  /**
   * The database is asked about all who look offline, also those whom the store knows to be invisible: the time an
   * answer takes must not tell them from those who are gone.
   */
  private async shown(userIds: readonly string[]): Promise<ShownPresence[]> {
    const states = await this.store.read(userIds);
    const offline = userIds.filter((id) => (states.get(id)?.shown.status ?? 'offline') === 'offline');
    const remembered = offline.length > 0 ? await this.choices.load(offline) : new Map<string, never>();
    return userIds.map((id) => {
      const { version = 0, lastSeenAt = null } = remembered.get(id) ?? {};
      return view(id, states.get(id)?.shown ?? { status: 'offline', version, lastSeenAt });
    });
  }
}
