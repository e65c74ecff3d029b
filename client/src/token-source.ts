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
  private isRefreshing = false;

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
    channel.on('state', ({ state }) => {
      if (state !== 'connected') clearTimeout(this.timer);
    });
  }

  /** @throws HadirError (as a rejection): `token_failed`, `signed_out`, or the one `getToken` threw */
  async get(reason: TokenReason): Promise<string> {
    const token = await Promise.resolve()
      .then(() => this.options.getToken(reason))
      .catch((cause: unknown) => {
        throw cause instanceof HadirError ? cause : new HadirError('token_failed', 'getToken failed.', { cause });
      });
    if (token === null) throw new HadirError('signed_out');
    return token;
  }

  /** Now. Until it succeeds it is tried again; a connection whose token has run out is closed with 4001 and returns. */
  refresh(): void {
    clearTimeout(this.timer);
    if (this.isRefreshing) return;
    this.isRefreshing = true;
    this.get('refresh')
      .then(async (token) => {
        if (this.channel.state === 'connected') await this.channel.request('auth_refresh', { token });
      })
      .catch((cause: unknown) => {
        const error = asHadirError(cause);
        if (error.code === 'signed_out') this.stop(error);
        else if (this.channel.state === 'connected') this.plan(error.retryAfterMs ?? AGAIN_MS);
      })
      .finally(() => (this.isRefreshing = false));
  }

  private plan(inMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), inMs);
  }
}
