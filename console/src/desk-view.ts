import { type Status } from '@hadir/client';
import { adminCard } from './admin-card.js';
import { composerCard } from './composer-card.js';
import { connectionCard } from './connection-card.js';
import type { Desk } from './desk.js';
import { button, el, select } from './dom.js';
import { framesCard } from './frames-card.js';
import { roomsCard } from './rooms-card.js';
import { initials, message } from './words.js';

const STATUSES = ['online', 'away', 'busy', 'invisible', 'offline'].map((status) => [status, status] as const);

/** What a user who is logged in sees. */
export function deskView(desk: Desk, leave: () => Promise<void>): HTMLElement {
  return el(
    'div',
    { class: 'desk' },
    identity(desk, leave),
    el(
      'div',
      { class: 'cards' },
      el('div', { class: 'column' }, connectionCard(desk), roomsCard(desk), desk.account.isAdmin && adminCard(desk)),
      el('div', { class: 'column' }, composerCard(desk), framesCard(desk)),
    ),
  );
}

function identity(desk: Desk, leave: () => Promise<void>): HTMLElement {
  const { display_name, email, role } = desk.account.user;
  return el(
    'div',
    { class: 'identity' },
    el('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(display_name)),
    el(
      'div',
      { class: 'who' },
      el('h2', { tabindex: -1 }, display_name, role === 'admin' && el('span', { class: 'tag' }, 'admin')),
      el('p', { class: 'hint' }, email),
    ),
    statusChoice(desk),
    button('Log out', leave),
  );
}

function statusChoice({ hadir, signal }: Desk): HTMLElement {
  const choice = select(STATUSES, { 'aria-label': 'Your status' });
  const place = el('div', { class: 'status-choice' }, choice);
  const trouble = el('p', { class: 'hint bad', role: 'alert' });
  const show = () => {
    choice.value = hadir.presence.me.status;
    place.dataset.status = hadir.presence.me.status;
  };
  choice.addEventListener('change', () => {
    trouble.textContent = '';
    hadir.presence
      .setStatus(choice.value as Status)
      .catch((error: unknown) => (trouble.textContent = message(error)))
      .finally(show);
  });
  const off = hadir.presence.on('me', show);
  signal.addEventListener('abort', off);
  show();
  place.append(trouble);
  return place;
}
