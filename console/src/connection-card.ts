import type { HadirError } from '@hadir/client';
import type { Desk } from './desk.js';
import { button, el } from './dom.js';
import { explanation } from './explanation.js';
import { latency } from './latency.js';
import { inTime } from './words.js';

const LABELS = { connected: 'Connected', connecting: 'Connecting', disconnected: 'Disconnected' } as const;

/** How the connection is: its state, its latency, and why it ended the last time. */
export function connectionCard(desk: Desk): HTMLElement {
  const pill = el('span', { class: 'pill', role: 'status' });
  const toggle = button('', () =>
    desk.hadir.state === 'disconnected' ? desk.hadir.connect() : desk.hadir.disconnect(),
  );
  const trouble = el('div', { role: 'status' });
  const facts = el('dl', { class: 'facts' });
  const show = () => {
    const { state, error, retryInMs } = desk.change;
    const again = retryInMs === undefined ? '' : `, again ${inTime(retryInMs)}`;
    pill.dataset.state = state;
    pill.textContent = `${LABELS[state]}${again}`;
    toggle.textContent = state === 'disconnected' ? 'Connect' : 'Disconnect';
    if (error && error.code !== 'disconnected') trouble.replaceChildren(explained(desk, error));
    else if (state === 'connected') trouble.replaceChildren();
    facts.replaceChildren(...factsOf(desk));
  };
  desk.hadir.on('state', show);
  desk.every(15_000, () => facts.replaceChildren(...factsOf(desk)));
  show();
  return el(
    'div',
    { class: 'card', role: 'group', 'aria-label': 'Connection' },
    el('div', {}, el('div', { class: 'row' }, el('h3', {}, pill), toggle), trouble),
    latency(desk),
    facts,
  );
}

function factsOf({ hadir: { session } }: Desk): HTMLElement[] {
  if (!session) return [];
  const { messages } = session.rate_limits;
  const facts = [
    ['Node', session.node.slice(0, 8)],
    ['Connection', session.connection_id.slice(0, 8)],
    ['Token ends', inTime(Date.parse(session.token_expires_at) - Date.now())],
    ['Message limit', messages ? `${messages.count} in ${messages.window_ms / 1000} s` : 'no limit'],
  ];
  return facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
}

function explained({ catalogue }: Desk, error: HadirError): HTMLElement {
  const { closeCode, code } = error;
  const found = closeCode === undefined ? catalogue.problem(code) : catalogue.closing(closeCode);
  return el(
    'div',
    { class: 'notice bad' },
    el('p', {}, el('strong', {}, error.message)),
    found && explanation(found),
    code === 'origin_not_allowed' && originAdvice(),
  );
}

/** The page may be served under a name that the whitelist lacks. */
function originAdvice(): HTMLElement {
  const local = location.hostname === '127.0.0.1' && `${location.protocol}//localhost:${location.port}/console`;
  return el(
    'p',
    {},
    'This page has the origin ',
    el('code', {}, location.origin),
    '. Add it to ALLOWED_ORIGINS',
    local !== false && ' or open ',
    local !== false && el('a', { href: local }, local),
    '.',
  );
}
