import { connectionsView } from './connections-view.js';
import type { Desk } from './desk.js';
import { el } from './dom.js';
import { originsView } from './origins-view.js';

/** What only administrators may: who is connected to which node, closing a connection, the whitelist of origins. */
export function adminCard(desk: Desk): HTMLElement {
  return el(
    'div',
    { class: 'card', role: 'group', 'aria-label': 'Administration' },
    el('h3', {}, 'Administration'),
    connectionsView(desk),
    originsView(desk),
  );
}
