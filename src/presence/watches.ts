import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problem.js';
import type { Connection } from '../realtime/connection.js';
import { Connections } from '../realtime/connections.js';
import { isPresenceTopic, presenceTopic } from './presence-topic.js';

/** The most users one connection may watch by asking. */
const MAX_WATCHED = 1000;

/** Whom connections watch because they asked to. Who may see a change is decided at each change, not here. */
@Injectable()
export class Watches {
  constructor(private readonly connections: Connections) {}

  /** @throws Problem validation_failed when the connection would watch too many */
  start(connection: Connection, userIds: readonly string[]): void {
    const watched = new Set([...connection.topics].filter(isPresenceTopic));
    for (const id of userIds) watched.add(presenceTopic(id));
    if (watched.size > MAX_WATCHED) {
      const message = `one connection may watch at most ${MAX_WATCHED} users`;
      throw new Problem('validation_failed', { details: [{ field: 'user_ids', message }] });
    }
    for (const id of userIds) this.connections.subscribe(connection, presenceTopic(id));
  }

  end(connection: Connection, userIds: readonly string[]): void {
    for (const id of userIds) this.connections.unsubscribe(connection, presenceTopic(id));
  }
}
