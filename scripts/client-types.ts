import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { z } from 'zod';
import {
  clientMessages,
  closeCodes,
  ownStatus,
  problemCodes,
  problems,
  roomView,
  serverMessages,
  shownPresence,
} from '../src/protocol/index.js';

export const CATALOGUE = 'client/src/catalogue.ts';

/** The schemas that get a name of their own in the client, outermost first. */
const named: Record<string, z.ZodType> = {
  ShownPresence: shownPresence,
  Room: roomView,
  Status: ownStatus,
  ProblemCode: z.enum(problemCodes),
};

interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
}

/** The client's catalogue as src/protocol has it: types for the compiler, and the few lists that are needed at run time. */
export function catalogue(): Promise<string> {
  const names = Object.keys(named).map((name) => `export type ${name} = ${inline(named[name]!)};`);
  const parts = [
    '// Made from src/protocol by `npm run client:types`. Do not edit.',
    ...names,
    `/** What the server sends by itself, by type. */\nexport interface ServerEvents {\n${events()}\n}`,
    `/** What a client may ask, by type: what it sends, and what the answer holds. */\nexport interface ClientRequests {\n${requests()}\n}`,
    '/** Refusals after which the same request may succeed later. */',
    `export const retryableProblems: readonly string[] = ${JSON.stringify(keysWhere(problems, ({ retryable }) => retryable))};`,
    '/** Close codes below 4500 after which a client stays away. 4500–4999 all mean that. */',
    `export const terminalCloseCodes: readonly number[] = ${JSON.stringify(terminalCodes())};`,
  ];
  return format(parts.join('\n\n').replaceAll('*/\n\nexport', '*/\nexport'), {
    parser: 'typescript',
    singleQuote: true,
    printWidth: 120,
  });
}

function events(): string {
  return serverMessages.map(({ type, summary, data }) => `/** ${summary} */\n${type}: ${typeOf(data)};`).join('\n');
}

function requests(): string {
  return clientMessages
    .map(({ type, summary, data, reply }) => {
      return `/** ${summary} */\n${type}: { data: ${typeOf(data, 'input')}; reply: ${typeOf(reply)} };`;
    })
    .join('\n');
}

function keysWhere<Entry>(entries: Record<string, Entry>, wanted: (entry: Entry) => boolean): string[] {
  return Object.keys(entries).filter((key) => wanted(entries[key]!));
}

function terminalCodes(): number[] {
  return Object.values(closeCodes)
    .filter(({ code, reconnect }) => !reconnect && code < 4500)
    .map(({ code }) => code);
}

function typeOf(type: z.ZodType, io: 'input' | 'output' = 'output'): string {
  const text = inline(type, io);
  return Object.entries(named).reduce((rest, [name, schema]) => rest.replaceAll(inline(schema), name), text);
}

function inline(type: z.ZodType, io: 'input' | 'output' = 'output'): string {
  return printed(z.toJSONSchema(type, { io }) as Schema);
}

function printed(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(printed).join(' | ');
  if (schema.enum) return union(schema.enum);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `Array<${printed(schema.items ?? {})}>`;
  if (schema.type === 'object') return object(schema);
  if (schema.type === 'integer') return 'number';
  return schema.type ?? 'unknown';
}

function object({ properties, required = [], additionalProperties }: Schema): string {
  if (!properties) return typeof additionalProperties === 'object' ? 'Record<string, unknown>' : 'object';
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${printed(field)}`,
  );
  return fields.length > 0 ? `{ ${fields.join('; ')} }` : 'Record<string, never>';
}

function union(values: unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' | ');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(CATALOGUE, await catalogue());
