import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeBody } from './body-schema.js';
import { type JsonSchema, JsonSchemas } from './json-schema.js';
import { type Operation, operationKey, operationsOf } from './operations.js';
import { refusalsOf, responsesOf } from './responses.js';
import { summaries } from './summaries.js';
import { API_VERSION } from './version.js';

const DESCRIPTION = `Presence and realtime for your own users: who is there, who is typing, and rooms to share it in.

Log in, put the \`access_token\` behind **Authorize**, and try. What happens live goes over the WebSocket at \`/ws\`: see [its own page](/docs/ws).

Every success is \`{ success, message, data }\`, every refusal \`{ success, message, error: { code, request_id } }\`; the code is what to look at. Lists answer \`{ items, next_cursor }\`; give the cursor back for the next page.`;

interface Described extends JsonSchema {
  operationId: string;
  parameters?: { in: string; schema?: JsonSchema }[];
}

/** The REST API as an OpenAPI 3.1 document, from what stands beside its routes. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const operations = operationsOf(app);
  for (const { parameters } of operations.values()) parameters.forEach(describeBody);
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Hadir')
    .setVersion(API_VERSION)
    .setDescription(DESCRIPTION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access_token of a login.' },
      'token',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationKey });
  return complete(document, operations);
}

/** Puts in what Swagger cannot know: answers, refusals, prose, who may call. */
function complete(document: OpenAPIObject, operations: Map<string, Operation>): OpenAPIObject {
  const schemas = new JsonSchemas('draft-2020-12');
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Described>).map(([method, described]) => ({ path, method, described })),
  );
  const ranks = Object.keys(summaries);
  const rank = ({ path, method }: { path: string; method: string }) => ranks.indexOf(`${method.toUpperCase()} ${path}`);
  const paths: Record<string, JsonSchema> = {};
  for (const { path, method, described } of entries.sort((a, b) => rank(a) - rank(b))) {
    const operation = operations.get(described.operationId);
    if (!operation) continue;
    paths[path] = {
      ...paths[path],
      [method]: describe(`${method.toUpperCase()} ${path}`, described, operation, schemas),
    };
  }
  const tags = [...new Set(Object.values(summaries).map(([tag]) => tag))].map((name) => ({ name }));
  const bodies = Object.entries(document.components?.schemas ?? {}).map(([name, body]) => [
    name,
    { ...body, additionalProperties: false },
  ]);
  const components = { ...document.components, schemas: { ...Object.fromEntries(bodies), ...schemas.named } };
  return { ...document, tags, paths, components } as OpenAPIObject;
}

function describe(route: string, described: Described, operation: Operation, schemas: JsonSchemas): JsonSchema {
  const [tag, summary, description] = summaries[route] ?? ['Other', route];
  const method = route.split(' ', 1)[0]?.toLowerCase() ?? '';
  const parameters = (described.parameters ?? []).map(parameter);
  const refusals = refusalsOf(operation, method, new Set(parameters.map((each) => each.in)));
  return {
    tags: [tag],
    summary,
    ...(description && { description }),
    operationId: described.operationId.replace('Controller', ''),
    security: operation.isPublic ? [] : [{ token: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(described.requestBody !== undefined && { requestBody: described.requestBody }),
    responses: responsesOf(operation, refusals, schemas),
  };
}

function parameter(given: { in: string; schema?: JsonSchema }) {
  if (given.in === 'path') return { ...given, schema: { type: 'string', format: 'uuid' } };
  return given.schema?.type === 'array' ? { ...given, style: 'form', explode: false } : given;
}
