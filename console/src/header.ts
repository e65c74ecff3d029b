import { button, el, select } from './dom.js';
import type { Pane } from './pane.js';

const THEMES = [
  ['', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;
const KEY = 'hadir-console-theme';

/** The bar at the top: name, documentation, which panes are seen, light or dark. */
export function header(stage: HTMLElement, panes: readonly [Pane, Pane]): HTMLElement {
  return el(
    'header',
    { class: 'bar' },
    el('h1', {}, el('span', { class: 'mark', 'aria-hidden': 'true' }), 'Hadir ', el('small', {}, 'console')),
    paneSwitch(stage, panes),
    el(
      'nav',
      { 'aria-label': 'Documentation' },
      el('a', { href: '/docs/ws' }, 'WebSocket'),
      el('a', { href: '/docs' }, 'REST'),
    ),
    themes(),
  );
}

/** On a narrow screen one pane is seen at a time; on a wide one both, or the first alone. */
function paneSwitch(stage: HTMLElement, panes: readonly [Pane, Pane]): HTMLElement {
  const choices = ['first', 'second', 'both'] as const;
  const show = (choice: string) => {
    stage.dataset.shown = choice;
    for (const [index, made] of buttons.entries()) made.ariaPressed = String(choices[index] === choice);
  };
  const buttons = choices.map((choice, index) =>
    button(panes[index]?.name ?? 'Both', () => show(choice), { class: choice }),
  );
  for (const [index, pane] of panes.entries()) {
    pane.onName = (name) => buttons[index]?.replaceChildren(name);
  }
  show(matchMedia('(min-width: 60rem)').matches ? 'both' : 'first');
  return el('div', { class: 'segments', role: 'group', 'aria-label': 'Panes' }, ...buttons);
}

function themes(): HTMLElement {
  const choice = select(THEMES, { 'aria-label': 'Colours' });
  const apply = () => {
    document.documentElement.dataset.theme = choice.value;
    remember((storage) => storage.setItem(KEY, choice.value));
  };
  remember((storage) => (choice.value = storage.getItem(KEY) ?? ''));
  choice.addEventListener('change', apply);
  apply();
  return choice;
}

/** A browser that lets pages store nothing lets them not even ask. */
function remember(act: (storage: Storage) => void): void {
  try {
    act(localStorage);
  } catch {
    // The choice holds until the page is left.
  }
}
