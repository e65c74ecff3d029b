import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { goodToken } from '../support/bad-tokens.js';
import { Http, type LoginData, PASSWORD } from '../support/http.js';
import { ADMIN_ENV } from '../support/people.js';
import type { Server } from '../support/server.js';
import { connect } from '../support/socket.js';
import type { Caller, Plan } from './requests.js';

const SECRET = 'the secret of the attacks, which is long enough';
export const CAST_ENV = { ...ADMIN_ENV, JWT_SECRET: SECRET, SEED_DEMO: 'false' };

const VICTIMS = 20;
const ROOMS = 20;
const SESSIONS = 10;
const SOCKETS = 10;
const MAX_TRIES = 40;

/** Somebody who comes back when their session was ended. */
class Persona {
  private coming: Promise<void> | undefined;

  private constructor(
    private readonly http: Http,
    private login: LoginData,
    public password: string,
  ) {}

  static async of(http: Http, email: string, password = PASSWORD): Promise<Persona> {
    return new Persona(http, await http.login(email, password), password);
  }

  get token(): string {
    return this.login.access_token;
  }

  get email(): string {
    return this.login.user.email;
  }

  get id(): string {
    return this.login.user.id;
  }

  get sessionId(): string {
    return this.login.session_id;
  }

  comeBack(): Promise<void> {
    this.coming ??= this.logIn().finally(() => (this.coming = undefined));
    return this.coming;
  }

  /** Another of its own requests may change the password meanwhile. */
  private async logIn(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const body = { email: this.email, password: this.password };
      const reply = await this.http.post<LoginData>('auth/login', { body });
      if (reply.status === 200) {
        this.login = reply.body.data;
        return;
      }
      if (tries === MAX_TRIES) throw new Error(`the attacker cannot come back: ${JSON.stringify(reply.body)}`);
      await pause(50);
    }
  }
}

/** Those who attack, and what there is to be attacked. */
export class Cast {
  private readonly pools: Record<string, string[]> = {};
  private readonly tokens: Partial<Record<Caller, string>> = {};
  private refreshToken = '';

  private constructor(
    private readonly user: Persona,
    private readonly admin: Persona,
  ) {}

  static async on(server: Server): Promise<Cast> {
    const http = new Http(server.url);
    const user = await Persona.of(http, await http.register('user'));
    const cast = new Cast(user, await Persona.of(http, ADMIN_ENV.ADMIN_EMAIL, ADMIN_ENV.ADMIN_PASSWORD));
    await cast.makePeople(http);
    await cast.makeTokens(http);
    await cast.makeSockets(server, await http.newcomer('somebody with sockets'));
    return cast;
  }

  /** Whether a plan is sent by somebody whose token is good. */
  isKnown({ caller }: Plan): boolean {
    return caller === 'user' || caller === 'admin';
  }

  tokenOf(caller: Caller): string | undefined {
    return this.persona(caller)?.token ?? this.tokens[caller];
  }

  /** The text with everything in it that an @ stands for. */
  fill(text: string, caller: Caller): string {
    const { email, password, sessionId } = this.persona(caller) ?? this.user;
    const own: Record<string, string> = { email, password, refresh: this.refreshToken };
    return text.replace(/@([a-z]+)(?::(\d+))?(?![\w.:-])/g, (whole, kind: string, index?: string) => {
      if (index === undefined) return own[kind] ?? whole;
      // All sessions but the one that asks may have been ended by others of its requests.
      if (kind === 'session' && Number(index) % 4 === 0) return sessionId;
      const pool = this.pools[kind] ?? [];
      return pool[Number(index) % pool.length] ?? randomUUID();
    });
  }

  /** Follows what a successful request has done. */
  async note(method: string, path: string, plan: Plan, data: unknown): Promise<void> {
    const made = data as { id?: string; refresh_token?: string } | null;
    if (path === '/api/v1/auth/refresh') this.refreshToken = made?.refresh_token ?? '';
    if (method === 'POST' && path === '/api/v1/rooms') this.add('room', made?.id);
    if (method === 'POST' && path === '/api/v1/admin/origins') this.add('origin', made?.id);
    const persona = this.persona(plan.caller);
    if (!persona) return;
    if (path.endsWith('change-password'))
      persona.password = (JSON.parse(this.fill(plan.body ?? '', plan.caller)) as { new_password: string }).new_password;
    if (/logout|change-password/.test(path) || (method === 'DELETE' && path.includes('sessions')))
      await persona.comeBack();
  }

  /** Comes back where somebody else's request has ended the session. */
  async rescue({ caller }: Plan, token: string | undefined): Promise<void> {
    const persona = this.persona(caller);
    if (persona && persona.token === token) await persona.comeBack();
  }

  private persona(caller: Caller): Persona | undefined {
    return caller === 'user' ? this.user : caller === 'admin' ? this.admin : undefined;
  }

  private add(kind: string, id: string | undefined): void {
    if (id !== undefined) (this.pools[kind] ??= []).push(id);
  }

  private async makePeople(http: Http): Promise<void> {
    const names = Array.from({ length: VICTIMS }, (_, index) => `victim ${index}`);
    for (const name of names) {
      const { user } = await http.newcomer(name);
      this.add('victim', user.id);
      this.add('person', user.id);
    }
    this.add('person', this.user.id);
    for (const { token } of [this.user, this.admin]) {
      for (let turn = 0; turn < ROOMS; turn += 1) {
        const room = await http.post<{ id: string }>('rooms', {
          token,
          body: { name: `room ${turn}`, member_ids: this.pools.person?.slice(0, 3) },
        });
        this.add('room', room.body.data.id);
      }
    }
    for (let turn = 0; turn < SESSIONS; turn += 1) this.add('session', (await http.login(this.user.email)).session_id);
  }

  private async makeTokens(http: Http): Promise<void> {
    const [revoked, disabled, refreshing] = [await http.newcomer(), await http.newcomer(), await http.newcomer()];
    await http.post('auth/logout', { token: revoked.access_token });
    await http.patch(`admin/users/${disabled.user.id}`, { token: this.admin.token, body: { disabled: true } });
    const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
    const expired = { secret: SECRET, userId: refreshing.user.id, sessionId: refreshing.session_id, now: anHourAgo };
    this.refreshToken = refreshing.refresh_token;
    Object.assign(this.tokens, {
      revoked: revoked.access_token,
      disabled: disabled.access_token,
      expired: goodToken(expired),
      refresh: refreshing.refresh_token,
      garbage: 'eyJhbGciOiJub25lIn0.e30.',
    });
  }

  private async makeSockets(server: Server, { access_token: token }: LoginData): Promise<void> {
    for (let turn = 0; turn < SOCKETS; turn += 1) {
      const { data } = await (await connect(server.wsUrl, token)).next('connected');
      this.add('connection', (data as { connection_id: string }).connection_id);
    }
  }
}
