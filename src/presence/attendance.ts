import { Injectable, Logger } from '@nestjs/common';
import { isUnavailable } from '../common/problem.js';
import { goOn, type Soon } from '../common/soon.js';
import type { Status } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { type ConnectionObserver, Connections } from '../realtime/connections.js';
import { PresenceGreeter } from './presence-greeter.js';
import { PresenceLease } from './presence-lease.js';
import { UsersHere } from './users-here.js';

/** Turns the coming and going of connections into claims. */
@Injectable()
export class Attendance implements ConnectionObserver {
  private readonly logger = new Logger(Attendance.name);
  private readonly ungreeted = new Set<Connection>();

  constructor(
    private readonly here: UsersHere,
    private readonly lease: PresenceLease,
    private readonly greeter: PresenceGreeter,
    connections: Connections,
  ) {
    connections.observe(this);
    lease.onRenewed(() => void this.greetBelated());
  }

  opening({ id, userId }: Connection): Soon<{ status: Status }> {
    this.here.add(userId, id);
    return goOn(this.lease.arrive(userId), (status) => ({ status }));
  }

  /** Whom nobody can be shown to now is shown everybody later. */
  opened(connection: Connection): Soon<void> {
    const greeted = this.greeter.greet(connection);
    if (!(greeted instanceof Promise)) return;
    return greeted.catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
      this.ungreeted.add(connection);
    });
  }

  closed(connection: Connection): void {
    this.ungreeted.delete(connection);
    const departure = this.here.remove(connection);
    if (!departure) return;
    const claimed = this.lease.depart(connection.userId, departure.backInMs);
    if (!(claimed instanceof Promise)) return;
    claimed.catch((error: unknown) => this.logger.warn({ event: 'departure_not_claimed', error: String(error) }));
  }

  private async greetBelated(): Promise<void> {
    for (const connection of [...this.ungreeted]) {
      this.ungreeted.delete(connection);
      try {
        await this.opened(connection);
      } catch (error) {
        this.ungreeted.add(connection);
        this.logger.warn({ event: 'not_greeted', error: String(error) });
        return;
      }
      if (this.ungreeted.has(connection)) return;
    }
  }
}
