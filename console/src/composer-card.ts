import { HadirError } from '@hadir/client';
import type { Request } from './catalogue.js';
import type { Desk } from './desk.js';
import { el, form, labelled, select } from './dom.js';
import { type Field, fieldOf } from './fields.js';
import { withoutTokens } from './frames.js';
import { duration, message } from './words.js';

const RAW = 'raw text';

/** Sends any message of the catalogue by a form made from its schema, or any text at all. */
export function composerCard(desk: Desk): HTMLElement {
  const { requests } = desk.catalogue;
  const choice = select([...requests.map(({ type }) => [type, type] as const), [RAW, `${RAW}…`]]);
  const place = el('div');
  const show = () => {
    const request = requests.find(({ type }) => type === choice.value);
    place.replaceChildren(request ? requestForm(desk, request) : rawForm(desk));
  };
  choice.addEventListener('change', show);
  show();
  return el(
    'div',
    { class: 'card', role: 'group', 'aria-label': 'Send' },
    el('h3', {}, 'Send'),
    labelled('Message', choice),
    place,
  );
}

function requestForm(desk: Desk, { type, summary, data }: Request): HTMLElement {
  const required = data.required ?? [];
  const fields = Object.entries(data.properties ?? {}).map(([name, schema]) =>
    fieldOf({ name, schema, isRequired: required.includes(name), desk }),
  );
  const preview = el('pre');
  const result = el('p', { class: 'result', role: 'status' });
  const show = () => {
    preview.textContent = JSON.stringify({ type, data: read(fields), id: '…' }, withoutTokens);
  };
  const send = async () => {
    result.className = 'result';
    const from = performance.now();
    const answer = desk.hadir.request(type as 'ping', read(fields) as Record<string, never>);
    await report(
      result,
      helpIn(desk),
      answer.then((reply: unknown) => `${JSON.stringify(reply)} after ${duration(performance.now() - from)}`),
    );
  };
  const submit = el('button', { type: 'submit', class: 'primary' }, `Send ${type}`);
  const made = form(send, { class: 'composer' }, el('p', { class: 'hint' }, summary));
  made.append(...fields.map(({ element }) => element), preview, submit, result);
  for (const event of ['input', 'change', 'click']) made.addEventListener(event, show);
  desk.rooms.addEventListener('change', () => made.isConnected && show());
  show();
  return made;
}

function read(fields: readonly Field[]): Record<string, unknown> {
  const given = fields.map(({ name, value }) => [name, value()] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function rawForm(desk: Desk): HTMLElement {
  const text = el('textarea', { rows: 5, spellcheck: 'false' });
  text.value = '{ "type": "ping", "id": "mine" }';
  const result = el('p', { class: 'result', role: 'status' });
  const send = async () => {
    if (!desk.frames.sendRaw(text.value)) throw new HadirError('disconnected', 'There is no connection.');
    return 'Sent. The answer, if there is one, stands in the frames.';
  };
  return form(
    () => report(result, helpIn(desk), send()),
    { class: 'composer' },
    labelled('Text of the frame', text, 'It goes out as it is: the place to see what the server says to nonsense.'),
    el('button', { type: 'submit', class: 'primary' }, 'Send the text'),
    result,
  );
}

const helpIn =
  ({ catalogue }: Desk): Help =>
  (code) =>
    catalogue.problem(code)?.help;

type Help = (code: string) => string | undefined;

async function report(place: HTMLElement, helpFor: Help, answer: Promise<string>): Promise<void> {
  try {
    place.textContent = await answer;
    place.className = 'result good';
  } catch (error) {
    const code = error instanceof HadirError ? error.code : 'failed';
    const help = helpFor(code);
    place.replaceChildren(
      el('strong', {}, code),
      ` ${message(error)} `,
      help ? el('a', { href: help }, 'What to do') : '',
    );
    place.className = 'result bad';
  }
}
