import { ApiProperty } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';
import { DEMO_PASSWORD } from '../common/password-rules.js';
import type { JsonSchema } from './json-schema.js';

/** A class whose instances are bodies or queries. */
type Body = new () => object;
type Rules = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>;
type Rule = Rules[number];

const limits =
  (least: string, most: string) =>
  ([min, max]: number[]) => ({ [least]: min, [most]: max });
const text =
  (more: JsonSchema = {}) =>
  () => ({ type: 'string', ...more });

/** What each rule of class-validator, and of ours, says in JSON Schema. */
const RULES: Record<string, (constraints: never[]) => JsonSchema> = {
  isString: text(),
  isEmail: text({ format: 'email', examples: ['dewi@example.com'] }),
  isUuid: text({ format: 'uuid' }),
  isIso8601: text({ format: 'date-time' }),
  isOrigin: text({ format: 'uri', examples: ['https://app.example.com'] }),
  isNewPassword: text({ format: 'password', minLength: 8, maxLength: 1024, examples: ['knock three times'] }),
  isPassword: text({ format: 'password', minLength: 1, maxLength: 1024, examples: [DEMO_PASSWORD] }),
  isLine: (constraints) => ({ type: 'string', ...limits('minLength', 'maxLength')(constraints) }),
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isArray: () => ({ type: 'array' }),
  isIn: ([choices]) => ({ type: 'string', enum: choices }),
  matches: () => ({}),
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  minLength: ([minLength]) => ({ minLength }),
  maxLength: ([maxLength]) => ({ maxLength }),
  arrayMinSize: ([minItems]) => ({ minItems }),
  arrayMaxSize: ([maxItems]) => ({ maxItems }),
};

/** What Swagger fills in where a rule has no example: with it a demo user logs in at once. */
const EXAMPLES: Record<string, string> = {
  email: 'alice@example.com',
  device_name: 'Laptop in the kitchen',
  display_name: 'Dewi',
  name: 'Kitchen',
};

/** Tells Swagger the rules by which a body is checked, so that they are written down once. */
export function describeBody(body: unknown): void {
  const byProperty = new Map<string, Rule[]>();
  for (const rule of rulesOf(body))
    byProperty.set(rule.propertyName, [...(byProperty.get(rule.propertyName) ?? []), rule]);
  const defaults = byProperty.size > 0 ? (new (body as Body)() as Record<string, unknown>) : {};
  for (const [name, rules] of byProperty) {
    const required = !rules.some(({ type }) => type === 'conditionalValidation');
    const examples = EXAMPLES[name] === undefined ? {} : { examples: [EXAMPLES[name]] };
    const schema = {
      ...examples,
      ...schemaOf(rules),
      required,
      ...(defaults[name] !== undefined && { default: defaults[name] }),
    };
    ApiProperty(schema as Parameters<typeof ApiProperty>[0])((body as Body).prototype as object, name);
  }
}

function rulesOf(body: unknown): Rules {
  return typeof body === 'function' ? getMetadataStorage().getTargetValidationMetadatas(body, '', false, false) : [];
}

function schemaOf(rules: Rule[]): JsonSchema {
  const checks = rules.filter(({ type }) => type !== 'conditionalValidation');
  const own = merge(checks.filter(({ each }) => !each));
  return own.type === 'array' ? { ...own, items: merge(checks.filter(({ each }) => each)) } : own;
}

function merge(rules: Rule[]): JsonSchema {
  const schema: JsonSchema = {};
  for (const rule of rules) {
    const translate = RULES[rule.name ?? ''];
    if (!translate) throw new Error(`The docs do not know the rule ${rule.name} of ${rule.propertyName}`);
    Object.assign(schema, translate((rule.constraints ?? []) as never[]));
  }
  return schema;
}
