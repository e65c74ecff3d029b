import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';

interface DocumentedOperation {
  readonly security: readonly object[];
  readonly summary: string;
  readonly tags: readonly string[];
  readonly requestBody?: object;
  readonly responses: Record<string, { content: Record<string, object>; headers: Record<string, object> }>;
}

export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, DocumentedOperation>>;
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
    const { method, path } = route;
    const answer = `${method} ${path} ${response.status}`;
    const declared = this.document.paths[path]?.[method.toLowerCase()]?.responses[response.status];
    const text = await response.text();
    expect(declared, `${answer} is not declared: ${text}`).toBeDefined();
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
    expect(Object.keys(declared?.content ?? {}), answer).toContain(type);
    const body: unknown = type === 'application/json' ? JSON.parse(text) : text;
    const validate = this.validator(path, method, response.status, type);
    expect(validate(body), `${answer} ${JSON.stringify(validate.errors)} ${text}`).toBe(true);
    for (const [name, header] of Object.entries(declared?.headers ?? {})) {
      if ((header as { required?: boolean }).required)
        expect(response.headers.has(name), `${answer} ${name}`).toBe(true);
    }
    this.seen.add(answer);
    return body;
  }

  private validator(path: string, method: string, status: number, type: string): ValidateFunction {
    const parts = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
    const pointer = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const known = this.validators.get(pointer) ?? this.ajv.compile({ $ref: `api#/${pointer}` });
    this.validators.set(pointer, known);
    return known;
  }
}
