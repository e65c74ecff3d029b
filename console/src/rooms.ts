import type { Hadir, Room } from '@hadir/client';
import type { Account, User } from './account.js';
import type { Names } from './names.js';
import type { Page } from './rest.js';

export interface Member {
  readonly user_id: string;
  readonly display_name: string;
  readonly role: 'owner' | 'member';
}

/** The rooms of a user and who is in those that are looked into, kept up to date by the events of the socket. Tells of changes by `change`. */
export class Rooms extends EventTarget {
  /** Whether the server has said anything yet. */
  isRead = false;
  /** Whether there are more rooms than the list has read. */
  isCut = false;
  private readonly byId = new Map<string, Room>();
  private readonly membersOf = new Map<string, readonly Member[]>();
  /** Whose members are asked for: somebody in a hundred rooms looks into one. */
  private readonly opened = new Set<string>();
  private readonly watches = new Map<string, () => void>();

  constructor(
    private readonly account: Account,
    private readonly hadir: Hadir,
    private readonly names: Names,
  ) {
    super();
    hadir.on('state', ({ state }) => {
      if (state === 'connected') void this.load(undefined, true);
    });
    hadir.on('room_added', (room) => void this.join(room));
    hadir.on('room_updated', () => void this.load());
    hadir.on('room_removed', ({ room_id }) => this.forget(room_id));
    hadir.on('room_member_added', ({ room_id }) => void this.load(room_id));
    hadir.on('room_member_removed', ({ room_id }) => void this.load(room_id));
  }

  all(): Room[] {
    return [...this.byId.values()];
  }

  nameOf(roomId: string): string | undefined {
    return this.byId.get(roomId)?.name;
  }

  members(roomId: string): readonly Member[] {
    return this.membersOf.get(roomId) ?? [];
  }

  /** Everybody else in any room, each once. */
  people(): Member[] {
    const everybody = [...this.membersOf.values()].flat();
    const others = everybody.filter(({ user_id }) => user_id !== this.account.user.id);
    return [...new Map(others.map((member) => [member.user_id, member])).values()];
  }

  /** From now on the members of this room are known. */
  async open(roomId: string): Promise<void> {
    if (this.opened.has(roomId)) return;
    this.opened.add(roomId);
    await this.read(roomId);
    this.changed();
  }

  /** @returns the id of the new room */
  async create(name: string): Promise<string> {
    const room = await this.account.call<Room>('POST', 'rooms', { name });
    await this.join(room);
    return room.id;
  }

  /** @throws Error (as a rejection) where the name is nobody's, or that of several */
  async add(roomId: string, name: string): Promise<void> {
    const { items } = await this.account.call<Page<User>>('GET', `users?limit=20&q=${encodeURIComponent(name)}`);
    const exact = items.filter(({ display_name }) => display_name.toLowerCase() === name.toLowerCase());
    const [user, ...others] = exact.length > 0 ? exact : items;
    if (!user) throw new Error('Nobody has such a name.');
    if (others.length > 0) throw new Error('Several people have such a name: write all of it.');
    await this.account.call('PUT', `rooms/${roomId}/members/${user.id}`);
    await this.load(roomId);
  }

  /** A room that is new here may stand behind the end of a list that is cut. */
  private async join(room: Room): Promise<void> {
    this.byId.set(room.id, room);
    await this.load();
  }

  /**
   * Reads the list of rooms, and the members of those that are open, or of one of them.
   * @param anew whether rooms behind the end of the list may be gone: nobody has told for a while
   */
  async load(only?: string, anew = false): Promise<void> {
    const found = await this.account.list<Room>('rooms').catch(() => undefined);
    if (!found) return;
    this.isRead = true;
    this.isCut = found.next_cursor !== null;
    if (anew || !this.isCut) this.byId.clear();
    for (const room of found.items) this.byId.set(room.id, room);
    for (const id of [...this.membersOf.keys()]) if (!this.byId.has(id)) this.forget(id);
    const wanted = [...this.opened].filter((id) => this.byId.has(id) && (only === undefined || id === only));
    await Promise.all(wanted.map((id) => this.read(id)));
    this.changed();
  }

  private async read(roomId: string): Promise<void> {
    const found = await this.account.list<Member>(`rooms/${roomId}/members`).catch(() => undefined);
    if (!found) return;
    const members = found.items;
    for (const { user_id, display_name } of members) this.names.learn(user_id, display_name);
    this.membersOf.set(roomId, members);
    this.watch(roomId, members);
  }

  /** Members of large rooms are seen only by who asks for them. */
  private watch(roomId: string, members: readonly Member[]): void {
    const before = this.watches.get(roomId);
    const others = members.map(({ user_id }) => user_id).filter((id) => id !== this.account.user.id);
    this.watches.set(roomId, this.hadir.presence.watch(others));
    before?.();
  }

  private forget(roomId: string): void {
    this.byId.delete(roomId);
    this.membersOf.delete(roomId);
    this.watches.get(roomId)?.();
    this.watches.delete(roomId);
    this.changed();
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}
