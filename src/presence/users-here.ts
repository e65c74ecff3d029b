import { Injectable } from '@nestjs/common';
import { NodeIdentity } from '../cluster/node-identity.js';
import { Signals } from '../cluster/signals.js';
import { Groups } from '../common/groups.js';
import type { Status } from '../protocol/index.js';
import type { Connection } from '../realtime/connection.js';
import { isHiding, ownStatus, type PresenceState } from './presence-state.js';

/** What nodes tell each other about a user who has sockets on several of them. */
interface UserNews {
  readonly userId: string;
  readonly status: Status;
  readonly nodes: readonly string[];
  readonly revision: number;
}

declare module '../cluster/signals.js' {
  interface SignalMap {
    'presence.user': UserNews;
  }
}

interface UserHere {
  /** The longest time after which one that was sent away was told to come back. */
  backInMs: number | undefined;
  status: Status;
  elsewhere: boolean;
  revision: number;
}

/** A connection that ends, and in how many ms its client was told to come back, if it was. */
type Leaving = Pick<Connection, 'userId' | 'id' | 'backInMs'>;
type Departure = Pick<Connection, 'backInMs'>;

/** The users with sockets on this node, and the newest that is known of them without asking anybody. */
@Injectable()
export class UsersHere {
  private readonly users = new Map<string, UserHere>();
  private readonly connections = new Groups<string, string>();
  private readonly listeners: ((userId: string) => void)[] = [];

  constructor(
    private readonly node: NodeIdentity,
    private readonly signals: Signals,
  ) {
    signals.on('presence.user', (news) => this.update(news));
  }

  add(userId: string, connectionId: string): void {
    if (this.connections.add(userId, connectionId)) this.users.set(userId, unknown());
  }

  /** @returns what is to be said of the user if this was their last connection here; else undefined */
  remove({ userId, id, backInMs }: Leaving): Departure | undefined {
    const user = this.users.get(userId);
    if (user && backInMs !== undefined) user.backInMs = Math.max(backInMs, user.backInMs ?? 0);
    if (!this.connections.delete(userId, id) || !user) return undefined;
    this.users.delete(userId);
    return { backInMs: user.backInMs };
  }

  has(userId: string): boolean {
    return this.users.has(userId);
  }

  ids(): string[] {
    return [...this.users.keys()];
  }

  /** Takes note of a state, and tells the other nodes where the user has sockets too. */
  learn(userId: string, state: PresenceState): void {
    const known = this.users.get(userId);
    if (known?.revision === state.revision) return;
    const news = { userId, status: ownStatus(state), nodes: state.nodes, revision: state.revision };
    if (state.nodes.some((node) => node !== this.node.id)) this.signals.emit('presence.user', news);
    else this.update(news);
  }

  /** Whether others must not notice the user's doings. Of a user who is not here, or about whom nothing is known yet: yes. */
  isHidden(userId: string): boolean {
    return isHiding(this.users.get(userId)?.status ?? 'offline');
  }

  /** Whether the user has sockets on other nodes as well. */
  isElsewhere(userId: string): boolean {
    return this.users.get(userId)?.elsewhere ?? false;
  }

  onHidden(listener: (userId: string) => void): void {
    this.listeners.push(listener);
  }

  private update({ userId, status, nodes, revision }: UserNews): void {
    const user = this.users.get(userId);
    if (!user || revision <= user.revision) return;
    const hides = isHiding(status) && !isHiding(user.status);
    user.status = status;
    user.revision = revision;
    user.elsewhere = nodes.some((node) => node !== this.node.id);
    if (hides) for (const listener of this.listeners) listener(userId);
  }
}

function unknown(): UserHere {
  return { backInMs: undefined, status: 'offline', elsewhere: false, revision: -1 };
}
