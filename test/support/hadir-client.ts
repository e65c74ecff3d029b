import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Hadir, type HadirOptions, type StateChange } from '../../client/src/index.js';
import type { Person } from './people.js';

/** A client and what its `state` events told, in order. */
export interface Watched {
  readonly client: Hadir;
  readonly changes: StateChange[];
}

/** A client over the WebSocket of `ws` that begins to connect at once and ends with the test. */
export function clientOf(
  { url }: { readonly url: string },
  person: Person,
  options: Partial<HadirOptions> = {},
): Watched {
  const client = new Hadir(url, { getToken: () => person.token, WebSocket, ...options });
  const changes: StateChange[] = [];
  client.on('state', (change) => changes.push(change));
  onTestFinished(() => client.disconnect());
  client.connect();
  return { client, changes };
}

/** What an application does in `getToken`: each time a new access token of one session. */
export class Renewal {
  /** What the tokens were wanted for, in order. */
  readonly reasons: string[] = [];
  private refreshToken: string;

  constructor(private readonly person: Person) {
    this.refreshToken = person.refreshToken;
  }

  readonly getToken = async (reason: string): Promise<string> => {
    this.reasons.push(reason);
    const body = { refresh_token: this.refreshToken };
    const tokens = await this.person.succeed<{ access_token: string; refresh_token: string }>(
      'POST',
      'auth/refresh',
      body,
    );
    this.refreshToken = tokens.refresh_token;
    return tokens.access_token;
  };
}
