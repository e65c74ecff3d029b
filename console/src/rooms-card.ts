import type { Room } from '@hadir/client';
import type { Desk } from './desk.js';
import { el, form, labelled } from './dom.js';
import type { Member } from './rooms.js';
import { ago, initials, message } from './words.js';

/** The rooms, who is in them, how they look and who types; and a field to type in. */
export function roomsCard(desk: Desk): HTMLElement {
  const list = el('div', { class: 'rooms' });
  const views = new Map<string, RoomView>();
  const show = () => {
    const rooms = desk.rooms.all();
    for (const [id, view] of views) if (!rooms.some((room) => room.id === id)) drop(views, id, view);
    for (const room of rooms) {
      const view = views.get(room.id) ?? new RoomView(desk, room, views.size === 0);
      if (!views.has(room.id)) list.append(view.element);
      views.set(room.id, view);
      view.show(room);
    }
    empty.hidden = rooms.length > 0 || !desk.rooms.isRead;
    cut.hidden = !desk.rooms.isCut;
    stale.hidden = rooms.length === 0 || desk.hadir.state === 'connected';
  };
  const stale = el('p', { class: 'hint' }, 'Not connected: this is what was last known.');
  const cut = el('p', { class: 'hint' }, 'The first 100 rooms are shown, and those that have come since.');
  const empty = el('p', { class: 'hint' }, 'No room yet. People see each other in rooms they share.');
  desk.rooms.addEventListener('change', show);
  for (const event of ['change', 'me'] as const) desk.hadir.presence.on(event, show);
  desk.hadir.typing.on('change', show);
  desk.hadir.on('state', show);
  desk.every(30_000, show);
  return el(
    'div',
    { class: 'card', role: 'group', 'aria-label': 'Rooms' },
    el('h3', {}, 'Rooms'),
    stale,
    empty,
    list,
    cut,
    newRoom(desk, (id) => views.get(id)?.element.scrollIntoView({ block: 'nearest' })),
  );
}

function drop(views: Map<string, RoomView>, id: string, { element }: RoomView): void {
  views.delete(id);
  element.remove();
}

class RoomView {
  readonly element: HTMLDetailsElement;
  private readonly title = el('span', { class: 'name' });
  private readonly count = el('span', { class: 'hint' });
  private readonly list = el('ul', { class: 'members' });

  constructor(
    private readonly desk: Desk,
    room: Room,
    isOpen: boolean,
  ) {
    this.element = el(
      'details',
      { class: 'room', open: isOpen },
      el('summary', {}, this.title, this.count),
      this.list,
      typingField(desk, room.id),
      room.role === 'owner' && newMember(desk, room.id),
    );
    this.element.addEventListener('toggle', () => this.element.open && void desk.rooms.open(room.id));
  }

  show(room: Room): void {
    const members = this.desk.rooms.members(room.id);
    const typing = this.desk.hadir.typing.in(room.id);
    this.title.textContent = room.name;
    this.count.textContent = ` ${room.member_count} ${room.member_count === 1 ? 'member' : 'members'}`;
    const more = room.member_count - members.length;
    this.list.replaceChildren(...members.map((member) => this.row(member, typing.includes(member.user_id))));
    if (more > 0 && members.length > 0) this.list.append(el('li', { class: 'hint' }, `and ${more} more`));
  }

  private myStatus(): string {
    const { state, presence } = this.desk.hadir;
    return state === 'connected' ? presence.me.status : 'not connected';
  }

  private row({ user_id, display_name, role }: Member, isTyping: boolean): HTMLElement {
    const { presence } = this.desk.hadir;
    const isMe = user_id === this.desk.account.user.id;
    const { last_seen_at } = presence.get(user_id);
    const status = isMe ? this.myStatus() : presence.get(user_id).status;
    const since = status === 'offline' && last_seen_at ? `, last seen ${ago(last_seen_at)}` : '';
    return el(
      'li',
      { 'data-status': status },
      el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(display_name)),
      el(
        'span',
        { class: 'member' },
        el('span', { class: 'name' }, display_name, isMe && ' (you)'),
        role === 'owner' && el('span', { class: 'tag' }, 'owner'),
        el('span', { class: 'state' }, status, since),
      ),
      isTyping && el('span', { class: 'typing' }, 'typing', dots()),
    );
  }
}

function dots(): HTMLElement {
  return el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
}

/** Hadir carries no messages: what is typed stays here, that it is typed does not. */
function typingField({ hadir }: Desk, roomId: string): HTMLElement {
  const field = el('input', { type: 'text', autocomplete: 'off', placeholder: 'The others see that you type' });
  field.addEventListener('input', () => (field.value === '' ? hadir.typing.stop(roomId) : hadir.typing.input(roomId)));
  field.addEventListener('keydown', ({ key }) => {
    if (key !== 'Enter') return;
    field.value = '';
    hadir.typing.stop(roomId);
  });
  return labelled('Type something', field);
}

function newMember({ rooms }: Desk, roomId: string): HTMLElement {
  return oneLine('Add a member by name', 'Add', (name) => rooms.add(roomId, name));
}

function newRoom({ rooms }: Desk, done: (id: string) => void): HTMLElement {
  return oneLine('New room', 'Create', async (name) => done(await rooms.create(name)));
}

function oneLine(label: string, verb: string, act: (text: string) => Promise<void>): HTMLElement {
  const field = el('input', { type: 'text', autocomplete: 'off', maxlength: 100 });
  const trouble = el('p', { class: 'hint bad', role: 'alert' });
  const submit = async () => {
    trouble.textContent = '';
    try {
      await act(field.value.trim());
      field.value = '';
    } catch (error) {
      trouble.textContent = message(error);
    }
  };
  const send = el('button', { type: 'submit' }, verb);
  return form(submit, { class: 'one-line' }, labelled(label, field), send, trouble);
}
