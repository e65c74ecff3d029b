import { Catalogue } from './catalogue.js';
import { el } from './dom.js';
import { header } from './header.js';
import { Pane } from './pane.js';
import { message } from './words.js';

/** In production the page is for administrators; the server says so in its shell. */
const isForAdmins = document.documentElement.dataset.adminsOnly === 'true';

const TOAST_MS = 8000;

async function start(): Promise<void> {
  const catalogue = await Catalogue.load();
  const panes = [
    new Pane('First user', catalogue, isForAdmins),
    new Pane('Second user', catalogue, isForAdmins),
  ] as const;
  const stage = el('main', { id: 'main', 'data-shown': 'both' }, ...panes.map(({ element }) => element));
  document.body.append(el('a', { class: 'skip', href: '#main' }, 'To the content'), header(stage, panes), stage);
}

/** What goes wrong without a place of its own to say so. */
addEventListener('unhandledrejection', ({ reason }) => {
  const toast = el('p', { class: 'toast notice bad', role: 'alert' }, message(reason));
  document.body.append(toast);
  setTimeout(() => toast.remove(), TOAST_MS);
});

start().catch((error: unknown) => {
  document.body.append(el('main', { id: 'main' }, el('p', { class: 'notice bad', role: 'alert' }, message(error))));
});
