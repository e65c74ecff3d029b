import type { Channel } from './channel.js';
import { asHadirError, HadirError } from './errors.js';

const AGAIN_MS = 5000;

/** What a token is wanted for. */
export type TokenReason = 'connect' | 'refresh';

interface Options {
  readonly getToken: (reason: TokenReason) => string | null | Promise<string | null>;
  readonly random: () => number;
}

/** Asks the application for tokens, and gives the connection a newer one before its own runs out. */
export class TokenSource {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The connection that is being given a newer token: one that hangs must not keep the next one from it. */
  private refreshing: object | undefined;
  private connection = {};
  /** When the token of the connection runs out. */
  private expiresAt = '';

  /** @param stop called when nobody is logged in any more */
  constructor(
    private readonly channel: Channel,
    private readonly options: Options,
    private readonly stop: (error: HadirError) => void,
  ) {
    channel.on('token_expiring', ({ expires_at }, timestamp) => {
      const leftMs = Date.parse(expires_at) - Date.parse(timestamp);
      this.plan(leftMs * (0.05 + options.random() * 0.45));
    });
    channel.on('connected', ({ token_expires_at }) => (this.expiresAt = token_expires_at));
    channel.on('state', ({ state }) => {
      this.connection = {};
      if (state !== 'connected') clearTimeout(this.timer);
    });
  }

  /** @throws HadirError (as a rejection): `token_failed`, `signed_out`, or the one `getToken` threw */
  async get(reason: TokenReason): Promise<string> {
    const token = await Promise.resolve()
      .then(() => this.options.getToken(reason))
      .catch((cause: unknown) => {
        throw cause instanceof HadirError
          ? cause
          : new HadirError('token_failed', `getToken failed: ${String(cause)}`, { cause });
      });
    if (!token) throw new HadirError('signed_out');
    return token;
  }

  /**
   * Now. While that may help it is tried again. It does not where the token is of another session; that connection is
   * closed with 4001 when its own has run out, and returns.
   */
  refresh(): void {
    clearTimeout(this.timer);
    const { connection } = this;
    if (this.refreshing === connection) return;
    this.refreshing = connection;
    void this.renew(connection)
      .catch((cause: unknown) => {
        const { code, retryable, retryAfterMs = AGAIN_MS } = asHadirError(cause);
        if (this.connection === connection && (retryable || code === 'token_expired')) this.plan(retryAfterMs);
      })
      .finally(() => {
        if (this.refreshing === connection) this.refreshing = undefined;
      });
  }

  /** A connection that ended meanwhile gets nothing: the next one began with a newer token. */
  private async renew(connection: object): Promise<void> {
    const token = await this.get('refresh').catch((cause: unknown) => {
      const error = asHadirError(cause);
      if (error.retryable || this.connection !== connection) throw error;
      this.stop(error);
    });
    if (!token || this.connection !== connection) return;
    const { expires_at } = await this.channel.request('auth_refresh', { token });
    // An application that keeps its tokens for a while may have given the one that runs out.
    if (expires_at > this.expiresAt) this.expiresAt = expires_at;
    else this.plan(AGAIN_MS);
  }

  private plan(inMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), inMs);
  }
}
