import { z } from 'zod';
import { problemCodes, problems, type ProblemCode } from '../protocol/index.js';
import type { JsonSchema, JsonSchemas } from './json-schema.js';
import { errorPath } from './links.js';
import type { Operation } from './operations.js';

const failure = z
  .strictObject({
    success: z.literal(false),
    message: z.string(),
    error: z.strictObject({
      code: z.enum(problemCodes),
      request_id: z.string(),
      details: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
      retry_after_ms: z.int().optional(),
    }),
  })
  .meta({ id: 'Failure', description: 'What every refusal looks like.' });

const OF_GUARD: ProblemCode[] = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'session_revoked',
  'account_disabled',
];
const OF_BODY: ProblemCode[] = ['bad_json', 'validation_failed', 'payload_too_large', 'unsupported_media_type'];
const WITH_BODY = new Set(['post', 'put', 'patch']);

/** What a route refuses, with what every route of its kind refuses. @param places where a route looks for something: in `path`, in `query` */
export function refusalsOf(operation: Operation, method: string, places: ReadonlySet<string>): ProblemCode[] {
  const { answers, isPublic, adminOnly } = operation;
  const codes: ProblemCode[] = [...answers.refusals];
  if (places.has('path')) codes.push('bad_request');
  if (!isPublic) codes.push(...OF_GUARD);
  if (adminOnly) codes.push('admin_only');
  if (WITH_BODY.has(method)) codes.push(...OF_BODY);
  if (places.has('query')) codes.push('validation_failed');
  if (answers.message !== undefined) codes.push('rate_limited', 'unavailable');
  return [...new Set([...codes, 'internal' as const])];
}

/** The responses of an operation, by status. */
export function responsesOf({ answers }: Operation, refusals: ProblemCode[], schemas: JsonSchemas): JsonSchema {
  const statuses = [...new Set(refusals.map((code) => problems[code].status))].sort((a, b) => a - b);
  const refused = statuses.map((status) => [
    status,
    refusal(
      status,
      refusals.filter((code) => problems[code].status === status),
      schemas,
    ),
  ]);
  return { [answers.status]: success(answers, schemas), ...(Object.fromEntries(refused) as JsonSchema) };
}

function success({ message, data, contentType }: Operation['answers'], schemas: JsonSchemas): JsonSchema {
  const inner = data === null ? { type: 'null' } : schemas.of(data);
  const schema = message === undefined ? inner : envelope(message, inner);
  return { description: message ?? 'OK', headers: REQUEST_ID, content: { [contentType]: { schema } } };
}

function envelope(message: string, data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { success: { const: true }, message: { const: message }, data },
    required: ['success', 'message', 'data'],
    additionalProperties: false,
  };
}

function refusal(status: number, codes: ProblemCode[], schemas: JsonSchemas): JsonSchema {
  const only = { properties: { error: { properties: { code: { enum: codes } } } } };
  return {
    description: codes.map((code) => `[\`${code}\`](${errorPath(code)}) ${problems[code].summary}`).join('\n\n'),
    headers: {
      ...REQUEST_ID,
      ...HELP,
      ...(status === 401 && CHALLENGE),
      ...((status === 429 || status === 503) && RETRY_AFTER),
    },
    content: {
      'application/json': {
        schema: { allOf: [schemas.of(failure), only] },
        examples: Object.fromEntries(codes.map((code) => [code, { value: refusalExample(code) }])),
      },
    },
  };
}

/** What a client gets over HTTP for a code. */
export function refusalExample(code: ProblemCode): JsonSchema {
  const { status, summary } = problems[code];
  const details = code === 'validation_failed' ? { details: [{ field: 'name', message: 'must be a text' }] } : {};
  const wait = status === 429 || status === 503 ? { retry_after_ms: 1000 } : {};
  const request_id = '4ab3b1a6-94ca-4b0d-9a7a-0b2f8ea7a6c8';
  return { success: false, message: summary, error: { code, request_id, ...details, ...wait } };
}

const header = (description: string, type: string) => ({ description, required: true, schema: { type } });
const REQUEST_ID = { 'X-Request-Id': header('By which the logs know this call; yours, if you sent one.', 'string') };
const HELP = { Link: header('With rel="help": the page that explains the code.', 'string') };
const RETRY_AFTER = { 'Retry-After': header('Seconds to wait before the next try.', 'integer') };
const CHALLENGE = {
  'WWW-Authenticate': {
    ...header('Bearer, with error="invalid_token" where a token was sent.', 'string'),
    required: false,
  },
};
