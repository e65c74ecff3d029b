import { z } from 'zod';
import {
  clientMessages,
  type ClientMessage,
  requestId,
  serverMessages,
  type ServerMessage,
  timestamp,
  uuid,
} from '../protocol/index.js';
import { example } from './example.js';
import type { JsonSchema } from './json-schema.js';
import { JsonSchemas } from './json-schema.js';

/** One message of /ws as the docs show it. */
export interface DocumentedMessage {
  /** Unique among all messages: some types go both ways. */
  readonly key: string;
  readonly type: string;
  readonly summary: string;
  readonly data: JsonSchema;
  /** The whole frame. */
  readonly payload: JsonSchema;
  readonly example: JsonSchema;
}

export interface DocumentedRequest extends DocumentedMessage {
  readonly reply: DocumentedMessage;
}

const schemas = new JsonSchemas('draft-7');
const schemaOf = (schema: z.ZodType) => schemas.of(schema);

/** What a client may send, each with its answer. */
export const requests: readonly DocumentedRequest[] = clientMessages.map(request);
/** What the server sends by itself; `ack` and `pong` are answers. */
export const events: readonly DocumentedMessage[] = serverMessages.map((entry) => event(entry));

function request(entry: ClientMessage): DocumentedRequest {
  const data = schemaOf(entry.data);
  const properties = { type: { const: entry.type }, data, id: schemaOf(requestId) };
  const required = entry.data.safeParse(undefined).success ? ['type'] : ['type', 'data'];
  const payload = frame(properties, required);
  const shown = { type: entry.type, data: example(data), id: '1' };
  return {
    key: `client_${entry.type}`,
    type: entry.type,
    summary: entry.summary,
    data,
    payload,
    example: shown,
    reply: reply(entry),
  };
}

function reply(entry: ClientMessage): DocumentedMessage {
  const summary = `The answer to ${entry.type}.`;
  const answered = event({ type: entry.replyType, summary, data: entry.reply }, `reply_${entry.type}`);
  return { ...answered, example: { ...answered.example, reply_to: '1' } };
}

function event(
  { type, summary, data: given }: Pick<ServerMessage, 'type' | 'summary' | 'data'>,
  key = `server_${type}`,
): DocumentedMessage {
  const data = schemaOf(given);
  const properties = {
    type: { const: type },
    data,
    timestamp: schemaOf(timestamp),
    id: schemaOf(uuid),
    reply_to: schemaOf(requestId),
  };
  const payload = frame(properties, ['type', 'data', 'timestamp', 'id']);
  const { reply_to: _, ...shown } = example(payload) as JsonSchema;
  return { key, type, summary, data, payload, example: shown };
}

function frame(properties: JsonSchema, required: string[]): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}
