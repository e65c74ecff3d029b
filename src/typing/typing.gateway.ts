import { type DataOf, typing as messages } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { type ConnectionObserver, Connections } from '../realtime/connections.js';
import { Gateway, type Handles, On } from '../realtime/on.js';
import { TypingAnnouncer } from './typing-announcer.js';
import { Typing } from './typing.service.js';

@Gateway()
export class TypingGateway implements Handles<typeof messages>, ConnectionObserver {
  constructor(
    private readonly typing: Typing,
    private readonly announcer: TypingAnnouncer,
    connections: Connections,
  ) {
    connections.observe(this);
  }

  @On(messages.start)
  start(connection: Connection, { room_id }: DataOf<typeof messages.start>): Record<string, never> {
    this.typing.start(connection, room_id);
    return {};
  }

  @On(messages.stop)
  stop(connection: Connection, { room_id }: DataOf<typeof messages.stop>): Record<string, never> {
    this.typing.stop(connection, room_id);
    return {};
  }

  dismissed(userIds: readonly string[], topic: string): void {
    for (const userId of userIds) this.announcer.endElsewhere(userId, topic);
  }

  left(connection: Connection, topic: string): void {
    this.typing.left(connection, topic);
  }
}
