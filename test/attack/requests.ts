import fc from 'fast-check';
import type { ApiContract, JsonSchema, Route } from '../support/api-contract.js';
import { PASSWORD } from '../support/http.js';
import * as hostile from './hostile.js';

/** Who sends a request; `nobody` sends no token. */
const CALLERS = ['user', 'admin', 'nobody', 'revoked', 'disabled', 'expired', 'refresh', 'garbage'] as const;
export type Caller = (typeof CALLERS)[number];

/** A request as it is generated. `@room:3` and the like stand for what there will be when it is sent. */
export interface Plan {
  readonly caller: Caller;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly contentType: string | undefined;
  readonly body: string | undefined;
  readonly chunked: boolean;
}

const MAX_QUERY = 8000;
const JSON_TYPE = 'application/json';
const UUID = '01890000-0000-7000-8000-000000000000';
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

const caller = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Caller>('user') },
  { weight: 3, arbitrary: fc.constant<Caller>('admin') },
  { weight: 2, arbitrary: fc.constantFrom(...CALLERS) },
);

/** What stands for something that there is, by the name of a field or by the path that a parameter is in. */
const KNOWN: Record<string, string> = {
  rooms: 'room',
  users: 'person',
  sessions: 'session',
  origins: 'origin',
  connections: 'connection',
  user_id: 'person',
};
const known = (kind: string) => fc.nat({ max: 40 }).map((index) => `@${kind}:${index}`);

/** Values that stand for what the caller really has, where a schema cannot know it. */
const FIELDS: Record<string, fc.Arbitrary<unknown>> = {
  email: fc.oneof(
    fc.constant('@email'),
    fc.uuid().map((id) => `${id}@example.com`),
  ),
  password: fc.constantFrom('@password', PASSWORD, 'a wrong password'),
  current_password: fc.constantFrom('@password', 'a wrong password'),
  new_password: fc.constantFrom(PASSWORD, 'another password', 'password1'),
  refresh_token: fc.constantFrom('@refresh', 'A'.repeat(43)),
  origin: fc.oneof(
    fc.nat().map((n) => `https://${n}.example.com`),
    fc.constantFrom('http://localhost:3000', 'https://a.test:443'),
  ),
  expires_at: fc
    .integer({ min: -1, max: 400 })
    .map((days) => new Date(Date.UTC(2026, 11, 1) + days * 86_400_000).toISOString()),
  cursor: fc
    .oneof(hostile.text, fc.constantFrom(UUID, 'stored x', ''))
    .map((key) => Buffer.from(key).toString('base64url')),
};

function goodValue(field: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  if (FIELDS[field]) return FIELDS[field];
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.format === 'uuid') return fc.oneof(known('person'), fc.uuid());
  if (schema.type === 'array') return fc.array(goodValue(field, schema.items ?? {}), { minLength: 1, maxLength: 5 });
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 100 });
  if (schema.type === 'boolean') return fc.boolean();
  return fc.string({
    unit: 'grapheme',
    minLength: schema.minLength ?? 0,
    maxLength: Math.min(schema.maxLength ?? 100, 100),
  });
}

function jsonBody({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<string> {
  const fields = Object.entries(properties).map(([field, schema]) => [field, goodValue(field, schema)] as const);
  const good = fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
  const names = fc.oneof(fc.constantFrom(...Object.keys(properties)), hostile.name);
  const change = fc.tuple(names, fc.option(hostile.json, { nil: undefined }));
  const bad = fc.tuple(good, fc.array(change, { minLength: 1, maxLength: 3 })).map(([base, changes]) => {
    return { ...base, ...Object.fromEntries(changes) };
  });
  return fc.oneof(
    { weight: 4, arbitrary: good.map((each) => JSON.stringify(each)) },
    { weight: 4, arbitrary: bad.map((each) => JSON.stringify(each)) },
    { weight: 1, arbitrary: hostile.body },
  );
}

const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant<string | undefined>(JSON_TYPE) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<string | undefined>(
      ...[
        'application/json; charset=utf-8',
        'application/json;charset=utf-16',
        'APPLICATION/JSON',
        'text/json',
        'text/plain',
        '',
      ],
      ...[
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/vnd.api+json',
        '*/*',
        'x',
        '/;;;',
      ],
      undefined,
    ),
  },
);

type Parameter = NonNullable<Route['operation']['parameters']>[number];

function queryOf(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const declared = parameters.map(({ name, schema }) => {
    const value = fc.oneof({ weight: 3, arbitrary: goodValue(name, schema) }, { weight: 2, arbitrary: hostile.text });
    return fc.tuple(fc.constant(name), value);
  });
  const undeclared = fc.tuple(hostile.name, hostile.text);
  const pair = fc.oneof(
    { weight: 1, arbitrary: undeclared },
    ...declared.map((arbitrary) => ({ weight: Math.ceil(8 / declared.length), arbitrary })),
  );
  const escaped = fc
    .array(pair, { maxLength: 3 })
    .map((pairs) => pairs.map(([name, value]) => `${escape(name)}=${escape(String(value))}`));
  const raw = fc.constantFrom(
    '%',
    '%zz=1',
    '=',
    '&&&',
    '?',
    '??',
    'limit',
    'limit=%ff',
    'q=%00',
    'a=1&'.repeat(1500),
    '#',
    'q=\\',
    "'",
    '|^`',
  );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 12, arbitrary: escaped.map((pairs) => pairs.join('&')) },
    { weight: 1, arbitrary: raw },
  );
}

const escape = (text: string) =>
  encodeURIComponent(Buffer.from(text).toString())
    .replace(/%40(?=\w+(%3A\d+)?$)/, '@')
    .replace(/%3A(?=\d+$)/, ':');

function pathOf(path: string): fc.Arbitrary<string> {
  const parts = path.split('/').map((part, index, all) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return fc.constant(part);
    const kind = path.includes('/admin/users') ? 'victim' : (KNOWN[name] ?? KNOWN[all[index - 1] ?? ''] ?? 'person');
    return fc.oneof(
      { weight: 6, arbitrary: known(kind) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 3, arbitrary: hostile.segment.filter((each) => each.toLowerCase() !== 'me') },
    );
  });
  return fc.tuple(...parts).map((all) => all.join('/'));
}

/** What is sent to one operation. */
export function planOf({ method, path, operation }: Route, { document }: ApiContract): fc.Arbitrary<Plan> {
  const { parameters = [], requestBody } = operation;
  const reference = requestBody?.content[JSON_TYPE]?.schema.$ref?.split('/').at(-1) ?? '';
  const schema = document.components.schemas[reference];
  const body = schema ? jsonBody(schema) : hostile.body;
  const seldom = {
    weight: WITH_BODY.has(method) && schema ? 30 : 1,
    arbitrary: body.map((each): string | undefined => each),
  };
  return fc.record({
    caller: operation.security.length > 0 ? caller : fc.constantFrom<Caller>('nobody', 'nobody', 'user', 'garbage'),
    path: pathOf(path),
    query: queryOf(parameters.filter((each) => each.in === 'query')).map((each) => each.slice(0, MAX_QUERY)),
    headers: fc.array(hostile.header, { maxLength: 2 }),
    contentType,
    body: fc.oneof(seldom, { weight: 3, arbitrary: fc.constant(undefined) }),
    chunked: fc.boolean(),
  });
}
