import { expect } from 'vitest';
import type { TestApp } from './app.js';
import { type Call, Http, type LoginData, type Reply } from './http.js';

/** Settings under which `adminOf` can log in. */
export const ADMIN_ENV = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'sebuah sandi yang panjang' };

/** Somebody with an account, logged in. */
export class Person {
  private readonly http: Http;

  constructor(
    url: string,
    private readonly login: LoginData,
  ) {
    this.http = new Http(url);
  }

  get id(): string {
    return this.login.user.id;
  }

  get email(): string {
    return this.login.user.email;
  }

  get token(): string {
    return this.login.access_token;
  }

  get refreshToken(): string {
    return this.login.refresh_token;
  }

  get sessionId(): string {
    return this.login.session_id;
  }

  /** Calls REST in this person's name, whatever comes of it. */
  call<Data>(method: string, path: string, call: Call = {}): Promise<Reply<Data>> {
    return this.http.call(method, path, { token: this.token, ...call });
  }

  /** Calls REST in this person's name, which must succeed. @returns the answer's data */
  async succeed<Data>(method: string, path: string, body?: unknown): Promise<Data> {
    const reply = await this.call<Data>(method, path, body === undefined ? {} : { body });
    expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
    return reply.body.data;
  }

  /** The same person on another device. */
  async elsewhere(url: string): Promise<Person> {
    return new Person(url, await new Http(url).login(this.email));
  }
}

export async function newPerson({ url }: Pick<TestApp, 'url'>, name: string): Promise<Person> {
  return new Person(url, await new Http(url).newcomer(name));
}

/** The administrator of a server started with ADMIN_ENV. */
export async function adminOf({ url }: Pick<TestApp, 'url'>): Promise<Person> {
  return new Person(url, await new Http(url).login(ADMIN_ENV.ADMIN_EMAIL, ADMIN_ENV.ADMIN_PASSWORD));
}
