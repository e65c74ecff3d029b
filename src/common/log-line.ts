import { inspect } from 'node:util';

/** One thing that happened, whichever way it will be written. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: string;
  readonly context: string;
  readonly message?: string;
  readonly fields: Record<string, unknown>;
  readonly stack?: string;
}

/** What a terminal or a reader of logs could take for more than text. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const SECRET_FIELD = /^(.*_)?(password|token|ticket|secret|authorization|cookie|jwt)s?$/i;
const SECRET_TEXT = /\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?|(?<=[?&](token|ticket)=)[^&\s"]+/g;
const REDACTED = '[redacted]';
const MAX_TEXT = 10_000;
const MAX_DEPTH = 6;

const COLOURS: Record<string, number> = { debug: 90, info: 32, warn: 33, error: 31, fatal: 31 };

/** For machines: one JSON object. What is ours stands first and is not overwritten by a field of the same name. */
export function jsonLine({ time, level, context, message, fields, stack }: LogEntry): string {
  const ours = { time, level, context, ...(message !== undefined && { message: text(message) }) };
  const line = { ...ours, ...safe(fields), ...(stack && { stack: text(stack) }), ...ours };
  return escape(JSON.stringify(line));
}

/** For people: one line, and under it the stack where there is one. */
export function prettyLine({ time, level, context, message, fields, stack }: LogEntry, colours: boolean): string {
  const paint = (code: number, words: string) => (colours ? `\u001b[${code}m${words}\u001b[0m` : words);
  const pairs = Object.entries(safe(fields)).map(([key, value]) => paint(90, escape(`${key}=`)) + escape(shown(value)));
  const head = [time.slice(11, 23), paint(COLOURS[level] ?? 0, level.padEnd(5)), paint(36, `[${escape(context)}]`)];
  const line = [...head, ...(message === undefined ? [] : [escape(text(message))]), ...pairs].join(' ');
  return stack ? `${line}\n${frames(stack)}` : line;
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}

/** The lines of a stack are ours; what stands before its first frame need not be. */
function frames(stack: string): string {
  const [head = '', ...rest] = text(stack).split(/\n(?= +at )/);
  return [head, ...rest].map((line) => `    ${escape(line.trimEnd())}`).join('\n');
}

function escape(line: string): string {
  return line.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function text(value: string): string {
  return value.slice(0, MAX_TEXT).replace(SECRET_TEXT, REDACTED);
}

function safe(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, SECRET_FIELD.test(key) && value !== null ? REDACTED : plain(value, depth)]),
  );
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value;
  if (depth >= MAX_DEPTH) return text(inspect(value, { depth: 0 }));
  return Array.isArray(value)
    ? value.slice(0, 100).map((item) => plain(item, depth + 1))
    : safe({ ...value }, depth + 1);
}

function describeError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error;
  const code = (error as NodeJS.ErrnoException).code;
  const known = { name, message: text(message), ...(code !== undefined && { code }), stack: text(stack ?? '') };
  return cause === undefined || depth >= MAX_DEPTH ? known : { ...known, cause: plain(cause, depth + 1) };
}
