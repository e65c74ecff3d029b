import type { Desk } from './desk.js';
import { button, el, labelled, select, uniqueId } from './dom.js';
import { explanation } from './explanation.js';
import type { FrameLog, LoggedFrame } from './frames.js';
import { timeOfDay } from './words.js';

const DIRECTIONS = [
  ['', 'Both ways'],
  ['sent', 'Sent'],
  ['received', 'Received'],
  ['socket', 'Socket only'],
] as const;
const ARROWS = { sent: '↑', received: '↓', socket: '•' } as const;

/** What went over the socket, filtered. */
export function framesCard(desk: Desk): HTMLElement {
  return new FramesCard(desk).element;
}

class FramesCard {
  readonly element: HTMLElement;
  private readonly log: FrameLog;
  private readonly gists = new WeakMap<HTMLElement, string>();
  private readonly search = el('input', { type: 'search', autocomplete: 'off', spellcheck: 'false' });
  private readonly direction = select(DIRECTIONS);
  private readonly pings = el('input', { type: 'checkbox', id: uniqueId() });
  private readonly list = el('ol', { class: 'frames', tabindex: 0, 'aria-label': 'Frames, the newest first' });
  private readonly count = el('span', { class: 'hint' });

  constructor(private readonly desk: Desk) {
    this.log = desk.frames;
    for (const control of [this.search, this.direction, this.pings]) {
      control.addEventListener('input', () => this.showAll());
    }
    for (const source of [desk.rooms, desk.names]) source.addEventListener('change', () => this.rename());
    this.log.addEventListener('change', () => this.showAll());
    this.log.addEventListener('add', (event) => this.show((event as CustomEvent<LoggedFrame>).detail));
    this.element = el(
      'div',
      { class: 'card', role: 'group', 'aria-label': 'Frames' },
      this.head(),
      this.filters(),
      this.list,
    );
    this.showAll();
  }

  private head(): HTMLElement {
    const clear = button('Clear', () => this.log.clear(), { 'aria-label': 'Clear the frames' });
    const pings = el('label', { class: 'check', for: this.pings.id }, this.pings, 'Pings');
    return el('div', { class: 'row' }, el('h3', {}, 'Frames'), this.count, pings, clear);
  }

  private filters(): HTMLElement {
    return el('div', { class: 'filters' }, labelled('Search', this.search), labelled('Direction', this.direction));
  }

  private isWanted({ direction, type, gist, text }: LoggedFrame): boolean {
    if (this.direction.value !== '' && this.direction.value !== direction) return false;
    if (!this.pings.checked && (type === 'ping' || type === 'pong')) return false;
    return `${text}\n${this.readable(gist)}`.toLowerCase().includes(this.search.value.trim().toLowerCase());
  }

  /** What the documentation says about a refusal or a closing. */
  private help(type: string, text: string): HTMLElement[] {
    const { catalogue } = this.desk;
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? '';
    const found =
      type === 'close' ? catalogue.closing(parseInt(text, 10)) : type === 'error' && catalogue.problem(code);
    return found ? [explanation(found)] : [];
  }

  /** With names for ids, and without the quotes. */
  private readable(gist: string): string {
    return this.desk.named(gist).replaceAll('"', '');
  }

  /** Somebody's name has become known. */
  private rename(): void {
    for (const what of this.list.querySelectorAll<HTMLElement>('.text')) {
      what.textContent = this.readable(this.gists.get(what) ?? '');
    }
  }

  private showAll(): void {
    const wanted = this.log.entries.filter((entry) => this.isWanted(entry)).reverse();
    this.list.replaceChildren(...wanted.map((entry) => this.row(entry)));
    this.tell();
  }

  private show(entry: LoggedFrame): void {
    if (this.isWanted(entry)) this.list.prepend(this.row(entry));
    while (this.list.childElementCount > this.log.entries.length) this.list.lastElementChild?.remove();
    this.tell();
  }

  private tell(): void {
    this.count.textContent = `${this.list.childElementCount} of ${this.log.entries.length}`;
  }

  private row({ at, direction, type, gist, text }: LoggedFrame): HTMLElement {
    const what = el('span', { class: 'text' }, this.readable(gist));
    this.gists.set(what, gist);
    const line = el(
      'summary',
      {},
      el('time', { datetime: new Date(at).toISOString() }, timeOfDay(at)),
      el('span', { class: 'arrow', 'aria-hidden': 'true' }, ARROWS[direction]),
      el('span', { class: 'unseen' }, direction),
      el('span', { class: 'type' }, type),
      what,
    );
    const whole = el('details', {}, line);
    whole.addEventListener('toggle', () => {
      if (whole.open && whole.childElementCount === 1)
        whole.append(el('pre', {}, pretty(text)), ...this.help(type, text));
    });
    return el('li', { 'data-direction': direction }, whole);
  }
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
