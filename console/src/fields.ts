import type { Schema } from './catalogue.js';
import type { Desk } from './desk.js';
import { button, el, labelled, select, uniqueId } from './dom.js';

/** One field of a message. */
export interface Field {
  readonly name: string;
  readonly element: HTMLElement;
  /** What it says now; undefined leaves it out. */
  readonly value: () => unknown;
}

interface Wanted {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly desk: Desk;
}

/** The control that suits a schema; where the name says what is meant, with something to choose from. */
export function fieldOf(wanted: Wanted): Field {
  const { name, schema } = wanted;
  if (name === 'token') return tokenField(wanted);
  if (name === 'room_id') return roomField(wanted);
  if (schema.type === 'array') return schema.items?.format === 'uuid' ? peopleField(wanted) : linesField(wanted);
  if (schema.enum) return enumField(wanted, schema.enum);
  if (schema.format === 'date-time') return timeField(wanted);
  if (schema.type === 'integer' || schema.type === 'number') return numberField(wanted);
  if (schema.type === 'boolean') return flagField(wanted);
  return textField(wanted);
}

const caption = ({ name, isRequired }: Wanted) => (isRequired ? name : `${name} (optional)`);
const given = (text: string) => (text === '' ? undefined : text);

function textField(wanted: Wanted): Field {
  const control = el('input', { type: 'text', autocomplete: 'off', maxlength: wanted.schema.maxLength });
  return { name: wanted.name, element: labelled(caption(wanted), control), value: () => given(control.value) };
}

function numberField(wanted: Wanted): Field {
  const control = el('input', { type: 'number' });
  const value = () => (control.value === '' ? undefined : Number(control.value));
  return { name: wanted.name, element: labelled(caption(wanted), control), value };
}

function flagField(wanted: Wanted): Field {
  const control = select([
    ['', wanted.isRequired ? 'choose' : 'left out'],
    ['true', 'true'],
    ['false', 'false'],
  ]);
  const value = () => (control.value === '' ? undefined : control.value === 'true');
  return { name: wanted.name, element: labelled(caption(wanted), control), value };
}

function enumField(wanted: Wanted, values: readonly string[]): Field {
  const options = values.map((value) => [value, value] as const);
  const control = select(wanted.isRequired ? options : [['', 'left out'], ...options]);
  return { name: wanted.name, element: labelled(caption(wanted), control), value: () => given(control.value) };
}

function timeField(wanted: Wanted): Field {
  const control = el('input', { type: 'datetime-local', step: 1 });
  const value = () => (control.value === '' ? undefined : new Date(control.value).toISOString());
  return { name: wanted.name, element: labelled(caption(wanted), control), value };
}

function linesField(wanted: Wanted): Field {
  const control = el('textarea', { rows: 3, spellcheck: 'false' });
  const value = () => control.value.split('\n').filter((line) => line.trim() !== '');
  return { name: wanted.name, element: labelled(caption(wanted), control, 'One a line.'), value };
}

function tokenField(wanted: Wanted): Field {
  const { account } = wanted.desk;
  const control = el('input', { type: 'password', autocomplete: 'off', spellcheck: 'false' });
  const fill = async () => {
    control.value = await account.token(true);
    control.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const label = account.canRenew ? 'Get a fresh one' : 'Take the present one';
  const element = el('div', { class: 'with-button' }, labelled(caption(wanted), control), button(label, fill));
  return { name: wanted.name, element, value: () => control.value };
}

function roomField(wanted: Wanted): Field {
  const { rooms } = wanted.desk;
  const control = select([]);
  const show = () => {
    const before = control.value;
    control.replaceChildren(...rooms.all().map(({ id, name }) => el('option', { value: id }, name)));
    if (rooms.all().some(({ id }) => id === before)) control.value = before;
  };
  follow(rooms, control, show);
  return { name: wanted.name, element: labelled(caption(wanted), control), value: () => given(control.value) };
}

function peopleField(wanted: Wanted): Field {
  const { rooms } = wanted.desk;
  const boxes = new Map<string, HTMLInputElement>();
  const place = el('div', { class: 'boxes' });
  const show = () => {
    for (const { user_id, display_name } of rooms.people()) {
      if (boxes.has(user_id)) continue;
      const box = el('input', { type: 'checkbox', id: uniqueId(), checked: true });
      boxes.set(user_id, box);
      place.append(el('label', { for: box.id }, box, display_name));
    }
  };
  follow(rooms, place, show);
  const element = el('fieldset', {}, el('legend', {}, caption(wanted)), place);
  return { name: wanted.name, element, value: () => [...boxes].flatMap(([id, { checked }]) => (checked ? [id] : [])) };
}

/** Shows now, and whenever the rooms have changed while the control stands on the page. */
function follow(rooms: EventTarget, control: Element, show: () => void): void {
  show();
  rooms.addEventListener('change', function again() {
    if (control.isConnected) show();
    else rooms.removeEventListener('change', again);
  });
}
