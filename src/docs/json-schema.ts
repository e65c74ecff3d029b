import { z } from 'zod';

export type JsonSchema = { [key: string]: unknown };
type Made = JsonSchema & { $defs?: Record<string, JsonSchema>; definitions?: Record<string, JsonSchema> };
type Dialect = 'draft-2020-12' | 'draft-7';

/** zod schemas as JSON Schema. Those with a name of their own are collected, and referred to wherever they occur. */
export class JsonSchemas {
  readonly named: Record<string, JsonSchema> = {};

  constructor(private readonly dialect: Dialect) {}

  of(schema: z.ZodType): JsonSchema {
    const made = z.toJSONSchema(schema, {
      target: this.dialect,
      io: 'input',
      override: ({ jsonSchema }) => simplify(jsonSchema),
    });
    const { $schema: _, $defs, definitions = $defs, ...root } = made as unknown as Made;
    for (const [name, definition] of Object.entries(definitions ?? {}))
      this.named[name] = refer(definition) as JsonSchema;
    const { id } = (z.globalRegistry.get(schema) ?? {}) as { id?: string };
    if (id === undefined || root.$ref !== undefined) return refer(root) as JsonSchema;
    this.named[id] = refer(root) as JsonSchema;
    return { $ref: `#/components/schemas/${id}` };
  }
}

/** What a format or the nature of a number says already need not be said again by a pattern of a hundred characters. */
function simplify(schema: JsonSchema): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  delete schema.id;
}

/** Definitions stand among the components of a document, not beside each schema. */
function refer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(refer);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace(/^#\/(\$defs|definitions)\//, '#/components/schemas/')
        : refer(inner),
    ]),
  );
}
