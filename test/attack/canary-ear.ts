import { expect } from 'vitest';
import { Http, type LoginData } from '../support/http.js';
import type { Server } from '../support/server.js';
import { refusalOf, type TestSocket } from '../support/socket.js';

const signature = (token: string) => token.split('.').at(-1) as string;

/** Everything that a server says in a scenario, and the secrets that it was told or that it handed out. */
export class Ear {
  readonly answers: string[] = [];
  readonly closes: string[] = [];
  private readonly http: Http;
  private count = 0;

  constructor(
    readonly server: Server,
    readonly secrets: Record<string, string>,
  ) {
    this.http = new Http(server.url);
  }

  /** A new secret of a kind. */
  canary(kind: string): string {
    const secret = `kenari ${kind} ${(this.count += 1)} ${crypto.randomUUID()}`;
    this.secrets[`${kind} ${this.count}`] = secret;
    return secret;
  }

  keep(kind: string, secret: string): string {
    this.secrets[`${kind} ${(this.count += 1)}`] = secret;
    return secret;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const reply = await this.http.call(method, path, { body, headers, ...(token !== undefined && { token }) });
    this.answers.push(JSON.stringify([...reply.headers]), JSON.stringify(reply.body));
    return reply.body.data;
  }

  /** A call whose answer holds new tokens, which are secrets from now on. */
  async login(path: string, body: unknown): Promise<LoginData> {
    const reply = await this.http.post<LoginData>(path, { body });
    expect(reply.status, JSON.stringify(reply.body)).toBe(200);
    this.keep('signature', signature(reply.body.data.access_token));
    this.keep('refresh token', reply.body.data.refresh_token);
    return reply.body.data;
  }

  async ticket(token: string): Promise<string> {
    const reply = await this.http.post<{ ticket: string }>('auth/ws-ticket', { token });
    return this.keep('ticket', reply.body.data.ticket);
  }

  async refused(url: string, options: Parameters<typeof refusalOf>[1] = {}): Promise<void> {
    const { headers, body } = await refusalOf(url, options);
    this.answers.push(JSON.stringify(headers), JSON.stringify(body));
  }

  async heard(socket: TestSocket): Promise<void> {
    const { code, reason } = await socket.ended();
    this.closes.push(`${code} ${reason}`);
    this.answers.push(JSON.stringify(socket.frames));
  }
}
