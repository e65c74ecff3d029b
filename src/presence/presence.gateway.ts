import { type DataOf, presence as messages, type ReplyOf } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { Gateway, type Handles, On } from '../realtime/on.js';
import { Presence, unique } from './presence.service.js';
import { Watches } from './watches.js';

@Gateway()
export class PresenceGateway implements Handles<typeof messages> {
  constructor(
    private readonly presence: Presence,
    private readonly watches: Watches,
  ) {}

  @On(messages.changeStatus)
  changeStatus(
    connection: Connection,
    choice: DataOf<typeof messages.changeStatus>,
  ): Promise<ReplyOf<typeof messages.changeStatus>> {
    return this.presence.choose(connection.userId, choice);
  }

  /** Watches first and looks then, so that no change falls in between. */
  @On(messages.subscribe)
  async subscribe(
    connection: Connection,
    { user_ids }: DataOf<typeof messages.subscribe>,
  ): Promise<ReplyOf<typeof messages.subscribe>> {
    this.watches.start(connection, unique(user_ids));
    return { users: await this.presence.shown(connection.userId, user_ids) };
  }

  @On(messages.unsubscribe)
  unsubscribe(
    connection: Connection,
    { user_ids }: DataOf<typeof messages.unsubscribe>,
  ): ReplyOf<typeof messages.unsubscribe> {
    this.watches.end(connection, unique(user_ids));
    return {};
  }
}
