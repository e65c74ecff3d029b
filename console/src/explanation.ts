import type { Explanation } from './catalogue.js';
import { el } from './dom.js';

/** Why a code comes about, what to do, and where more is said. */
export function explanation({ cause, action, help, code }: Explanation): HTMLElement {
  return el(
    'div',
    { class: 'explanation' },
    el('p', {}, cause),
    el('p', {}, `What to do: ${action} `, el('a', { href: help }, `More on ${code}`)),
  );
}
