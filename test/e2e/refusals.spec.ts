import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { goodToken } from '../support/bad-tokens.js';
import { appWithUser, ORIGIN, rawRefusal } from '../support/handshakes.js';
import { adminOf } from '../support/people.js';
import { handshakeBytes } from '../support/raw.js';
import { connect, openSocket } from '../support/socket.js';

const SECRET = 'the secret of these tests, which is long enough';
const FULL = { MAX_CONNECTIONS: '1' };
const RATED = { RATE_LIMIT_HANDSHAKE: '1/24h' };
const CROWDED = { MAX_CONNECTIONS_PER_IP: '1' };
const CAPPED = { MAX_CONNECTIONS_PER_USER: '1' };

/** A server on which ann has a socket open, and a session of hers that is over. */
async function occupied(env: Record<string, string>) {
  const { app, ann } = await appWithUser(env);
  const gone = await ann.elsewhere(app.url);
  await gone.succeed('POST', 'auth/logout');
  await connect(app.wsUrl, ann.token);
  return { app, ann, gone };
}

type Occupied = Awaited<ReturnType<typeof occupied>>;

/** What this check of the table, and every one after it, would refuse as well. */
function flawedFrom(check: number, { ann, gone }: Occupied): string {
  const credential =
    check <= 6 ? 'token=x&ticket=y' : `token=${check === 7 ? `${ann.token}x` : check === 8 ? gone.token : ann.token}`;
  return handshakeBytes(`${check <= 1 ? '/WS' : '/ws'}?${credential}`, {
    'Sec-WebSocket-Version': check <= 2 ? '8' : '13',
    Origin: check <= 5 ? 'https://evil.test' : ORIGIN,
  });
}

describe('A handshake that every check from one on would refuse', () => {
  const ladder: [check: number, what: string, env: Record<string, string>, status: number, code: string][] = [
    [1, 'the path', { ...FULL, ...RATED, ...CROWDED, ...CAPPED }, 404, 'not_found'],
    [2, 'the upgrade', { ...FULL, ...RATED, ...CROWDED, ...CAPPED }, 426, 'upgrade_required'],
    [3, 'the room of the node', { ...FULL, ...RATED, ...CROWDED, ...CAPPED }, 503, 'unavailable'],
    [4, 'the rate of the address', { ...RATED, ...CROWDED, ...CAPPED }, 429, 'rate_limited'],
    [4, 'the sockets of the address', { ...CROWDED, ...CAPPED }, 429, 'too_many_connections'],
    [5, 'the origin', CAPPED, 403, 'origin_not_allowed'],
    [6, 'the one credential', CAPPED, 400, 'ambiguous_credentials'],
    [7, 'the token', CAPPED, 401, 'token_invalid'],
    [8, 'the session', CAPPED, 401, 'session_revoked'],
    [9, 'the sockets of the user', CAPPED, 429, 'too_many_connections'],
  ];
  it.each(ladder)('is refused for the first of them: %i, %s', async (check, _what, env, status, code) => {
    const scene = await occupied(env);
    const response = await rawRefusal(scene.app, flawedFrom(check, scene));
    expect(response).toMatchObject({ status, code });
    if (status === 429 || status === 503) expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});

describe('The handshake refuses by the letter of HTTP', () => {
  it('a token that has expired', async () => {
    const { app, ann } = await appWithUser({ JWT_SECRET: SECRET });
    const anHourAgo = Math.floor(Date.now() / 1000) - 3600;
    const token = goodToken({ secret: SECRET, userId: ann.id, sessionId: ann.sessionId, now: anHourAgo });
    const response = await rawRefusal(app, handshakeBytes(`/ws?token=${token}`));
    expect(response).toMatchObject({ status: 401, code: 'token_expired' });
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('a disabled account', async () => {
    const { app, ann } = await appWithUser();
    await (await adminOf(app)).succeed('PATCH', `admin/users/${ann.id}`, { disabled: true });
    const response = await rawRefusal(app, handshakeBytes(`/ws?token=${ann.token}`));
    expect(response).toMatchObject({ status: 403, code: 'account_disabled' });
  });

  it('a ticket that was used, and one that never was', async () => {
    const { app, ann } = await appWithUser();
    const { ticket } = await ann.succeed<{ ticket: string }>('POST', 'auth/ws-ticket');
    await openSocket(`${app.wsUrl}?ticket=${ticket}`);
    for (const bad of [ticket, randomUUID()]) {
      const response = await rawRefusal(app, handshakeBytes(`/ws?ticket=${bad}`));
      expect(response).toMatchObject({ status: 401, code: 'token_invalid' });
    }
  });
});
