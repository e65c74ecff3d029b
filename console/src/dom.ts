type Child = Node | string | false | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and children; `true` is an attribute without a value, `false` and undefined are none. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for a drawing. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill<Made extends Element>(element: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== false && child !== undefined));
  return element;
}

/** A button that does something; while that takes its time it cannot be pressed again. */
export function button(label: string, act: () => unknown, attributes: Attributes = {}): HTMLButtonElement {
  const made = el('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', () => void busy(made, act));
  return made;
}

/** A form that is handled here. What `act` throws is shown in its own place. */
export function form(act: () => Promise<unknown>, attributes: Attributes, ...children: Child[]): HTMLFormElement {
  const made = el('form', { novalidate: true, ...attributes }, ...children);
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    const submit = made.querySelector<HTMLButtonElement>('button[type=submit]');
    if (submit) void busy(submit, act);
  });
  return made;
}

async function busy(control: HTMLButtonElement, act: () => unknown): Promise<void> {
  if (control.ariaBusy === 'true') return;
  control.ariaBusy = 'true';
  try {
    await act();
  } finally {
    control.ariaBusy = null;
  }
}

let count = 0;

/** A control with its label above it. */
export function labelled<Control extends HTMLElement>(label: string, control: Control, hint?: string): HTMLElement {
  Object.assign(control, { id: uniqueId() });
  const note = hint === undefined ? undefined : el('p', { class: 'hint', id: uniqueId() }, hint);
  if (note) control.setAttribute('aria-describedby', note.id);
  return el('div', { class: 'field' }, el('label', { for: control.id }, label), control, note);
}

/** An id that no other element of the page has. */
export function uniqueId(): string {
  return `e${(count += 1)}`;
}

/** A choice among values, each with its label. */
export function select(options: readonly (readonly [value: string, label: string])[], attributes: Attributes = {}) {
  return el('select', attributes, ...options.map(([value, label]) => el('option', { value }, label)));
}
