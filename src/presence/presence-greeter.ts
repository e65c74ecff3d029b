import { Injectable } from '@nestjs/common';
import { PresenceSettings } from '../config/settings.js';
import { presenceEvents } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { Fanout } from '../realtime/fanout.js';
import { userTopic } from '../realtime/topics.js';
import { Audience } from './audience.js';
import { PresenceLens } from './presence-lens.js';

/** Shows people who begin to watch each other what they would have seen had they watched before. */
@Injectable()
export class PresenceGreeter {
  constructor(
    private readonly audience: Audience,
    private readonly lens: PresenceLens,
    private readonly fanout: Fanout,
    private readonly settings: PresenceSettings,
  ) {}

  /** Sent even if nobody is there: the client knows then that it is complete. */
  async greet(connection: Connection): Promise<void> {
    const users = await this.lens.notOffline(await this.audience.peers(connection.userId));
    connection.answer(presenceEvents.snapshot.type, { users }, undefined);
  }

  async introduce(newcomerId: string, memberIds: readonly string[]): Promise<void> {
    const members = new Set([...memberIds, newcomerId]);
    if (members.size > this.settings.autoWatch) return;
    const present = await this.lens.notOffline([...members]);
    const newcomer = present.filter(({ user_id }) => user_id === newcomerId);
    const users = present.filter(({ user_id }) => user_id !== newcomerId);
    this.fanout.publish(presenceEvents.snapshot, { users }, { to: [userTopic(newcomerId)] });
    if (newcomer.length === 0) return;
    members.delete(newcomerId);
    this.fanout.publish(presenceEvents.snapshot, { users: newcomer }, { to: [...members].map(userTopic) });
  }

  /** For those who begin to watch each other all at once. Whoever would see nobody is sent nothing. */
  async introduceAll(memberIds: readonly string[]): Promise<void> {
    if (memberIds.length > this.settings.autoWatch) return;
    const present = await this.lens.notOffline(memberIds);
    for (const memberId of memberIds) {
      const users = present.filter(({ user_id }) => user_id !== memberId);
      if (users.length > 0) this.fanout.publish(presenceEvents.snapshot, { users }, { to: [userTopic(memberId)] });
    }
  }
}
