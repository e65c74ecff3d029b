import { Hadir, HadirError, type StateChange } from '@hadir/client';
import type { Account } from './account.js';
import type { Catalogue } from './catalogue.js';
import { FrameLog } from './frames.js';
import { Names } from './names.js';
import { Rooms } from './rooms.js';

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Everything that belongs to one user at one pane: the client, what went over its sockets, rooms and names. */
export class Desk {
  readonly frames = new FrameLog();
  readonly names: Names;
  readonly rooms: Rooms;
  readonly hadir: Hadir;
  /** The latest news of the connection. */
  change: StateChange = { state: 'disconnected' };
  private readonly ending = new AbortController();

  constructor(
    readonly account: Account,
    readonly catalogue: Catalogue,
  ) {
    this.hadir = new Hadir(location.origin, {
      getToken: (reason) => this.token(reason === 'refresh'),
      WebSocket: this.frames.recorder(),
    });
    this.hadir.on('state', (change) => (this.change = change));
    this.names = new Names(account);
    this.rooms = new Rooms(account, this.hadir, this.names);
  }

  /** Aborted when the desk is left. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Does something again and again while the desk is used and the page is seen. */
  every(ms: number, act: () => void): void {
    const timer = setInterval(() => document.hidden || act(), ms);
    this.signal.addEventListener('abort', () => clearInterval(timer));
  }

  /** A text with the names of users and rooms in place of their ids, where they are known. */
  named(text: string): string {
    return text.replace(ID, (id) => this.names.get(id) ?? this.rooms.nameOf(id) ?? id);
  }

  async leave(): Promise<void> {
    this.ending.abort();
    this.hadir.disconnect();
    await this.account.logOut();
  }

  private async token(anew: boolean): Promise<string> {
    if (anew && !this.account.canRenew) throw new HadirError('token_failed', 'This token cannot be renewed here.');
    return this.account.token(anew);
  }
}
