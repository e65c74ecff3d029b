import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';

/** A password that everybody in the tests has. */
export const PASSWORD = 'ketuk pintu tiga kali';

export const ADMIN = { email: 'admin@example.com', password: 'kunci induk rumah ini' };
/** For `startApp`: a server that begins with this administrator. */
export const ADMIN_ENV = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };

export interface Reply<Data = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly success: boolean;
    readonly message: string;
    readonly data: Data;
    readonly error?: {
      readonly code: string;
      readonly request_id: string;
      readonly details?: { field: string; message: string }[];
      readonly retry_after_ms?: number;
    };
  };
}

export interface Call {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface LoginData {
  readonly user: { id: string; email: string; display_name: string; role: string; created_at: string };
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly expires_at: string;
  readonly session_id: string;
}

/** Calls REST under /api/v1 of a server. */
export class Http {
  constructor(private readonly url: string) {}

  get<Data>(path: string, call?: Call): Promise<Reply<Data>> {
    return this.call('GET', path, call);
  }

  post<Data>(path: string, call?: Call): Promise<Reply<Data>> {
    return this.call('POST', path, call);
  }

  put<Data>(path: string, call?: Call): Promise<Reply<Data>> {
    return this.call('PUT', path, call);
  }

  patch<Data>(path: string, call?: Call): Promise<Reply<Data>> {
    return this.call('PATCH', path, call);
  }

  delete<Data>(path: string, call?: Call): Promise<Reply<Data>> {
    return this.call('DELETE', path, call);
  }

  async call<Data>(method: string, path: string, { token, body, headers = {} }: Call = {}): Promise<Reply<Data>> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
  }

  /** A new account. Its e-mail is made up where none is given. */
  async register(name = 'somebody', email = `${randomUUID()}@example.com`): Promise<string> {
    const reply = await this.post('auth/register', { body: { email, password: PASSWORD, display_name: name } });
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    return email;
  }

  async login(email: string, password = PASSWORD): Promise<LoginData> {
    const reply = await this.post<LoginData>('auth/login', { body: { email, password } });
    expect(reply.status, JSON.stringify(reply.body)).toBe(200);
    return reply.body.data;
  }

  /** A new account, logged in. */
  async newcomer(name?: string): Promise<LoginData> {
    return this.login(await this.register(name));
  }
}
