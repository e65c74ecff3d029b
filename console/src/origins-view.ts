import type { Desk } from './desk.js';
import { button, el, form, labelled } from './dom.js';
import { message } from './words.js';

interface Origin {
  readonly id: string | null;
  readonly origin: string;
  readonly source: 'environment' | 'stored';
}

/** The whitelist of origins: those of the environment, and those that are added and removed here. */
export function originsView({ account }: Desk): HTMLElement {
  const list = el('ul', { class: 'list' });
  const trouble = el('p', { class: 'hint bad', role: 'alert' });
  const field = el('input', { type: 'url', autocomplete: 'off', placeholder: 'https://app.example.com' });
  const load = async () => {
    const { items } = await account.list<Origin>('admin/origins');
    list.replaceChildren(...items.map((origin) => originRow(origin, remove)));
  };
  const attempt = async (act: () => Promise<unknown>) => {
    trouble.textContent = '';
    await act()
      .then(load)
      .catch((error: unknown) => (trouble.textContent = message(error)));
    field.focus();
  };
  const remove = (id: string) => attempt(() => account.call('DELETE', `admin/origins/${id}`));
  const add = () =>
    attempt(async () => {
      await account.call('POST', 'admin/origins', { origin: field.value.trim() });
      field.value = '';
    });
  load().catch((error: unknown) => (trouble.textContent = message(error)));
  const submit = el('button', { type: 'submit' }, 'Add');
  const adding = form(add, { class: 'one-line' }, labelled('Add an origin', field), submit, trouble);
  return el('div', {}, el('h4', {}, 'Allowed origins'), list, adding);
}

function originRow({ id, origin, source }: Origin, remove: (id: string) => Promise<void>): HTMLElement {
  return el(
    'li',
    {},
    el('code', {}, origin),
    id === null
      ? el('span', { class: 'hint' }, source)
      : button('Remove', () => remove(id), { 'aria-label': `Remove ${origin}` }),
  );
}
