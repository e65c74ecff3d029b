import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';

interface DocumentedOperation {
  readonly security: readonly object[];
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: JsonSchema }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> };
  readonly responses: Record<
    string,
    { content: Record<string, object>; headers: Record<string, { readonly required?: boolean }> }
  >;
}

/** As much of JSON Schema as requests are described with. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Judgement {
  readonly fault?: string;
  readonly body: unknown;
}

export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, DocumentedOperation>>;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
}

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentedOperation;
}

/** The OpenAPI document of a server, held against its answers. */
export class ApiContract {
  /** Every answer that was checked, as `GET /path 200`. */
  readonly seen = new Set<string>();
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  private constructor(readonly document: ApiDocument) {
    (formats as unknown as (ajv: Ajv2020) => void)(this.ajv);
    this.ajv.addSchema(document, 'api');
  }

  static async of(url: string): Promise<ApiContract> {
    return new ApiContract((await (await fetch(`${url}/docs/openapi.json`)).json()) as ApiDocument);
  }

  get routes(): Route[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    );
  }

  /** The answer must be one that is declared for this call. @returns its body */
  async check(route: Pick<Route, 'method' | 'path'>, response: Response): Promise<unknown> {
    const { status, headers } = response;
    const text = await response.text();
    const { fault, body } = this.judge(route, { status, headers, text });
    expect(fault).toBeUndefined();
    return body;
  }

  /** What is wrong with an answer by the document, if anything is. */
  judge({ method, path }: Pick<Route, 'method' | 'path'>, { status, headers, text }: Answer): Judgement {
    const answer = `${method} ${path} ${status}`;
    const declared = this.document.paths[path]?.[method.toLowerCase()]?.responses[status];
    if (!declared) return { fault: `${answer} is not declared: ${text}`, body: text };
    const [type = ''] = (headers.get('content-type') ?? '').split(';');
    if (!Object.hasOwn(declared.content, type))
      return { fault: `${answer} is declared, but not as ${type}`, body: text };
    const body: unknown = type === 'application/json' ? JSON.parse(text) : text;
    const validate = this.validator(path, method, status, type);
    if (!validate(body)) return { fault: `${answer} ${JSON.stringify(validate.errors)} ${text}`, body };
    for (const [name, { required }] of Object.entries(declared.headers)) {
      if (required && !headers.has(name)) return { fault: `${answer} comes without ${name}`, body };
    }
    this.seen.add(answer);
    return { body };
  }

  private validator(path: string, method: string, status: number, type: string): ValidateFunction {
    const parts = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
    const pointer = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const known = this.validators.get(pointer) ?? this.ajv.compile({ $ref: `api#/${pointer}` });
    this.validators.set(pointer, known);
    return known;
  }
}
