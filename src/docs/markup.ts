import type { JsonSchema } from './json-schema.js';

/** HTML that is safe to put into HTML. Everything else is text and gets escaped. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const render = (part: Part) =>
  typeof part === 'string' ? part.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '') : part.markup;

/** A template of HTML: what is put in is escaped unless it is Markup. */
export function raw(texts: TemplateStringsArray, ...parts: (Part | number)[]): Markup {
  const filled = parts.map((part) => render(typeof part === 'number' ? String(part) : part));
  return { markup: texts.reduce((html, text, index) => html + (filled[index - 1] ?? '') + text) };
}

export function list(parts: readonly Markup[]): Markup {
  return { markup: parts.map(render).join('\n') };
}

export function code(text: string): Markup {
  return raw`<code>${text}</code>`;
}

export function json(value: unknown): Markup {
  return raw`<pre tabindex="0">${JSON.stringify(value, null, 2)}</pre>`;
}

export function table(heads: readonly string[], rows: readonly (readonly Part[])[]): Markup {
  const head = list(heads.map((text) => raw`<th scope="col">${text}</th>`));
  const body = list(rows.map((row) => raw`<tr>${list(row.map((cell) => raw`<td>${cell}</td>`))}</tr>`));
  return raw`<div class="scroll" tabindex="0" role="group" aria-label="Table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** The fields of an object; nothing for what has none. */
export function fields(schema: JsonSchema): Markup {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
  const rows = Object.entries(properties).map(([name, inner]) => [
    code(name),
    typeName(inner),
    required.includes(name) ? 'yes' : 'optional',
  ]);
  return rows.length > 0 ? table(['Field', 'Type', 'Needed'], rows) : raw``;
}

interface Described {
  type?: string | string[];
  format?: string;
  enum?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
}

/** A schema in a few words. */
function typeName(schema: JsonSchema): string {
  const { type, format, enum: choices, items, anyOf, maxItems, minLength = 0, maxLength } = schema as Described;
  if ('const' in schema) return JSON.stringify(schema.const);
  if (choices) return choices.length > 8 ? 'a code of the table of errors' : choices.join(' | ');
  if (anyOf) return anyOf.map(typeName).join(' or ');
  const names =
    type === undefined
      ? 'anything'
      : [type]
          .flat()
          .map((name) => (name === 'string' ? textName(format) : name))
          .join(' or ');
  if (names === 'array' && items)
    return `list of ${typeName(items)}${maxItems === undefined ? '' : `, at most ${maxItems}`}`;
  if (names === 'object') return objectName(schema);
  return maxLength === undefined ? names : `${names} of ${minLength}–${maxLength} characters`;
}

function textName(format: string | undefined): string {
  return format === 'date-time' ? 'time' : (format ?? 'text');
}

function objectName({ properties = {} }: JsonSchema): string {
  const names = Object.keys(properties as object);
  return names.length > 0 ? `{ ${names.join(', ')} }` : 'object';
}
