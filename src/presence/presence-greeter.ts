import { Injectable, Logger } from '@nestjs/common';
import { isUnavailable } from '../common/problem.js';
import { goOn, type Soon } from '../common/soon.js';
import { PresenceSettings } from '../config/settings.js';
import { presenceEvents } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { Fanout } from '../realtime/fanout.js';
import { userTopic } from '../realtime/topics.js';
import { Audience } from './audience.js';
import { PresenceLease } from './presence-lease.js';
import { PresenceLens } from './presence-lens.js';

/** Shows people who begin to watch each other what they would have seen had they watched before. */
@Injectable()
export class PresenceGreeter {
  private readonly logger = new Logger(PresenceGreeter.name);
  /** Users who began to watch others while nobody could say who is there. */
  private readonly owed = new Set<string>();

  constructor(
    private readonly audience: Audience,
    private readonly lens: PresenceLens,
    private readonly fanout: Fanout,
    private readonly settings: PresenceSettings,
    lease: PresenceLease,
  ) {
    lease.onRenewed(() => void this.introduceBelated());
  }

  /** Sent even if nobody is there: the client knows then that it is complete. */
  greet(connection: Connection): Soon<void> {
    const present = goOn(this.audience.peers(connection.userId), (peers) => this.lens.notOffline(peers));
    return goOn(present, (users) => connection.answer(presenceEvents.snapshot.type, { users }, undefined));
  }

  /** While the store is away they are shown to each other later. */
  async introduce(newcomerId: string, memberIds: readonly string[]): Promise<void> {
    const members = new Set([...memberIds, newcomerId]);
    if (members.size > this.settings.autoWatch) return;
    await this.orLater([...members], async () => {
      const present = await this.lens.notOffline([...members]);
      const newcomer = present.filter(({ user_id }) => user_id === newcomerId);
      const users = present.filter(({ user_id }) => user_id !== newcomerId);
      this.fanout.publish(presenceEvents.snapshot, { users }, { to: [userTopic(newcomerId)] });
      if (newcomer.length === 0) return;
      members.delete(newcomerId);
      this.fanout.publish(presenceEvents.snapshot, { users: newcomer }, { to: [...members].map(userTopic) });
    });
  }

  /** For those who begin to watch each other all at once. Whoever would see nobody is sent nothing. */
  async introduceAll(memberIds: readonly string[]): Promise<void> {
    if (memberIds.length > this.settings.autoWatch) return;
    await this.orLater(memberIds, async () => {
      const present = await this.lens.notOffline(memberIds);
      for (const memberId of memberIds) {
        const users = present.filter(({ user_id }) => user_id !== memberId);
        if (users.length > 0) this.fanout.publish(presenceEvents.snapshot, { users }, { to: [userTopic(memberId)] });
      }
    });
  }

  private async orLater(userIds: readonly string[], introduction: () => Promise<void>): Promise<void> {
    try {
      await introduction();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      for (const userId of userIds) this.owed.add(userId);
    }
  }

  /** Shows each everybody they watch by now: some may share no room any more. */
  private async introduceBelated(): Promise<void> {
    for (const userId of this.owed) {
      this.owed.delete(userId);
      try {
        const users = await this.lens.notOffline(await this.audience.peers(userId));
        this.fanout.publish(presenceEvents.snapshot, { users }, { to: [userTopic(userId)] });
      } catch (error) {
        this.owed.add(userId);
        this.logger.warn({ event: 'not_introduced', error: String(error) });
        return;
      }
    }
  }
}
