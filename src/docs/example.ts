import type { JsonSchema } from './json-schema.js';

const UUIDS = ['0199a3c1-7f4e-7c55-9d0b-3b1d6a5f2e10', '0199a3c1-8a02-7b91-a6c4-51c8e0d7f3b2'];
const BY_FORMAT: Record<string, string> = { uuid: UUIDS[0] as string, 'date-time': '2026-11-22T08:15:30.000Z' };

/** Something a schema allows, for people to look at. */
export function example(schema: JsonSchema, name = ''): unknown {
  const { const: only, enum: choices, anyOf, type, format } = schema as { [key: string]: unknown[] & string };
  if ('const' in schema) return only;
  if (choices) return choices[0];
  if (anyOf) return example(anyOf[0] as unknown as JsonSchema, name);
  if (typeof format === 'string') return BY_FORMAT[format] ?? '…';
  switch (Array.isArray(type) ? (type as string[])[0] : type) {
    case 'object':
      return object(schema);
    case 'array':
      return [example(schema.items as JsonSchema, name)];
    case 'integer':
    case 'number':
      return NUMBERS[name] ?? 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return TEXTS[name] ?? 'text';
  }
}

function object({ properties = {} }: { properties?: Record<string, JsonSchema> } & JsonSchema): unknown {
  return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, example(inner, name)]));
}

const NUMBERS: Record<string, number> = {
  heartbeat_interval_ms: 25_000,
  max_message_bytes: 65_536,
  typing_ttl_ms: 8000,
  typing_throttle_ms: 3000,
  retry_after_ms: 1200,
  member_count: 3,
  version: 7,
  count: 40,
  window_ms: 1000,
};
const TEXTS: Record<string, string> = {
  name: 'Kitchen',
  node: UUIDS[1] as string,
  token: '<access token>',
  message: 'The message is not valid JSON.',
  field: 'data.room_id',
};
