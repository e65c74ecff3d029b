import { HadirError } from '@hadir/client';
import { call, type Page } from './rest.js';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly display_name: string;
  readonly role: 'user' | 'admin';
}

interface Login {
  readonly user: User;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/** A token that ends so soon is renewed before it is used, in ms. */
const MARGIN_MS = 30_000;
/** As many items of a list are read, and no more. */
const MOST_ITEMS = 100;

/** Somebody who is logged in. Tokens live in this object and nowhere else: a reload forgets them. */
export class Account {
  private renewal: Promise<string> | undefined;

  private constructor(
    readonly user: User,
    private accessToken: string,
    private expiresAt: number,
    private refreshToken: string | undefined,
  ) {}

  static async logIn(email: string, password: string): Promise<Account> {
    const body = { email, password, device_name: 'Hadir console' };
    const login = await call<Login>({ method: 'POST', path: 'auth/login', body });
    return new Account(login.user, login.access_token, endOf(login), login.refresh_token);
  }

  /** With a token from elsewhere, which cannot be renewed here. */
  static async paste(token: string): Promise<Account> {
    const user = await call<User>({ method: 'GET', path: 'users/me', token });
    return new Account(user, token, Infinity, undefined);
  }

  get isAdmin(): boolean {
    return this.user.role === 'admin';
  }

  get canRenew(): boolean {
    return this.refreshToken !== undefined;
  }

  /** An access token that is valid now. @param anew even where the present one would do */
  token(anew = false): string | Promise<string> {
    if (this.canRenew && (anew || Date.now() > this.expiresAt - MARGIN_MS)) return this.renew();
    return this.accessToken;
  }

  async call<Data>(method: string, path: string, body?: unknown): Promise<Data> {
    return call<Data>({ method, path, body, token: await this.token() });
  }

  /** The first 100 items of a list. */
  async list<Item>(path: string): Promise<Page<Item>> {
    return this.call('GET', `${path}?limit=${MOST_ITEMS}`);
  }

  /** Ends the session on the server; one that came as a token belongs to somebody else and lives on. */
  async logOut(): Promise<void> {
    if (this.canRenew) await this.call('POST', 'auth/logout');
  }

  private renew(): Promise<string> {
    this.renewal ??= this.exchange().finally(() => (this.renewal = undefined));
    return this.renewal;
  }

  private async exchange(): Promise<string> {
    if (this.refreshToken === undefined) throw new HadirError('signed_out');
    const body = { refresh_token: this.refreshToken };
    const login = await call<Login>({ method: 'POST', path: 'auth/refresh', body });
    this.accessToken = login.access_token;
    this.refreshToken = login.refresh_token;
    this.expiresAt = endOf(login);
    return login.access_token;
  }
}

/** By the clock here: the server's may be another. */
function endOf({ expires_in }: Login): number {
  return Date.now() + expires_in * 1000;
}
