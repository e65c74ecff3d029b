import { describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { ADMIN_ENV, adminOf, newPerson } from '../support/people.js';
import { clientFrame, handshakeBytes, RawClient, type RawResponse } from '../support/raw.js';
import { connect, openSocket, refusalOf } from '../support/socket.js';

interface Ticket {
  readonly ticket: string;
}

const ORIGIN = 'https://app.example.com';

async function appWithUser(env: Record<string, string> = {}) {
  const app = await startApp({ env: { ALLOWED_ORIGINS: ORIGIN, ...ADMIN_ENV, ...env } });
  return { app, ann: await newPerson(app, 'ann') };
}

/** Sends exactly these bytes and reads the refusal by the letter. */
async function rawRefusal(app: TestApp, bytes: string): Promise<RawResponse & { code: string }> {
  const client = await RawClient.connect(app.url);
  client.write(bytes);
  const response = await client.response();
  const body = JSON.parse(response.body) as { success: boolean; message: string; error: Record<string, unknown> };
  expect(body).toMatchObject({ success: false, message: expect.any(String) });
  expect(body.error).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), request_id: expect.any(String) });
  expect(response.body).not.toMatch(/Error|at \w+ \(|node_modules/);
  expect(response.headers.get('connection')).toBe('close');
  expect(Number(response.headers.get('content-length'))).toBe(Buffer.byteLength(response.body));
  expect(response.closedAfterMs).toBeLessThan(1000);
  return { ...response, code: String(body.error.code) };
}

describe('The handshake refuses, as complete HTTP,', () => {
  it.each(['/ws/', '/WS', '//ws', '/ws%2f', '/%77s', '/wss', '/', '/api/v1/ws'])('the path %s', async (path) => {
    const { app, ann } = await appWithUser();
    const bytes = handshakeBytes(path, { Authorization: `Bearer ${ann.token}` });
    expect(await rawRefusal(app, bytes)).toMatchObject({ status: 404, code: 'not_found' });
  });

  const malformed: [string, Record<string, string | undefined>, number, string][] = [
    ['an upgrade to something else', { Upgrade: 'h2c' }, 426, 'upgrade_required'],
    ['a missing key', { 'Sec-WebSocket-Key': undefined }, 400, 'bad_handshake'],
    ['a key of the wrong length', { 'Sec-WebSocket-Key': 'AAAA' }, 400, 'bad_handshake'],
    ['version 8', { 'Sec-WebSocket-Version': '8' }, 426, 'upgrade_required'],
    ['version 7', { 'Sec-WebSocket-Version': '7' }, 426, 'upgrade_required'],
    ['version 14', { 'Sec-WebSocket-Version': '14' }, 426, 'upgrade_required'],
    ['no version', { 'Sec-WebSocket-Version': undefined }, 426, 'upgrade_required'],
    ['a malformed sub-protocol', { 'Sec-WebSocket-Protocol': 'a b' }, 400, 'bad_handshake'],
    ['a sub-protocol twice', { 'Sec-WebSocket-Protocol': 'hadir.v1, hadir.v1' }, 400, 'bad_handshake'],
  ];
  it.each(malformed)('%s', async (_, headers, status, code) => {
    const { app, ann } = await appWithUser();
    const response = await rawRefusal(app, handshakeBytes('/ws', { Authorization: `Bearer ${ann.token}`, ...headers }));
    expect(response).toMatchObject({ status, code });
    if (status === 426) expect(response.headers.get('sec-websocket-version')).toBe('13');
  });

  it.each([
    ['POST with an upgrade', handshakeBytes('/ws', {}, { method: 'POST' }), 405, 'method_not_allowed'],
    ['POST', 'POST /ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', 405, 'method_not_allowed'],
    ['a plain GET', 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 426, 'upgrade_required'],
  ])('%s', async (_, bytes, status, code) => {
    const { app } = await appWithUser();
    expect(await rawRefusal(app, bytes)).toMatchObject({ status, code });
  });

  it('a node that is full, and says when to come back', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS: '1' });
    await connect(app.wsUrl, ann.token);
    const response = await rawRefusal(app, handshakeBytes('/ws', { Authorization: `Bearer ${ann.token}` }));
    expect(response).toMatchObject({ status: 503, code: 'unavailable' });
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('more handshakes from one address than the rate allows, before it looks at the token', async () => {
    const { app, ann } = await appWithUser({ RATE_LIMIT_HANDSHAKE: '2/60s' });
    await connect(app.wsUrl, ann.token);
    await connect(app.wsUrl, ann.token);
    const response = await rawRefusal(app, handshakeBytes('/ws', { Authorization: 'Bearer not.a.token' }));
    expect(response).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(20);
  });

  it('more sockets from one address than allowed', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_IP: '1' });
    const first = await connect(app.wsUrl, ann.token);
    const refusal = await refusalOf(`${app.wsUrl}?token=${ann.token}`);
    expect(refusal).toMatchObject({ status: 429, body: { error: { code: 'too_many_connections' } } });
    await first.close();
    await connect(app.wsUrl, ann.token);
  });

  const origins = [
    'https://app.example.com:8443',
    'http://app.example.com',
    'https://app.example.com.evil.test',
    'https://evil-app.example.com',
    'https://app.example.com@evil.test',
    'https://app.example.com.',
    'https://app.example.com/',
    'HTTPS://APP.EXAMPLE.COM',
    'null',
    '*',
    'file://',
    `${ORIGIN}, ${ORIGIN}`,
  ];
  it.each(origins)('the origin %s', async (origin) => {
    const { app, ann } = await appWithUser();
    const bytes = handshakeBytes('/ws', { Authorization: `Bearer ${ann.token}`, Origin: origin });
    expect(await rawRefusal(app, bytes)).toMatchObject({ status: 403, code: 'origin_not_allowed' });
  });

  it('two Origin headers, good as each may be', async () => {
    const { app, ann } = await appWithUser();
    const extra = [`Origin: ${ORIGIN}`, `Origin: ${ORIGIN}`];
    const bytes = handshakeBytes('/ws', { Authorization: `Bearer ${ann.token}` }, { extra });
    expect(await rawRefusal(app, bytes)).toMatchObject({ status: 403, code: 'origin_not_allowed' });
  });

  it('Sec-WebSocket-Origin alone', async () => {
    const { app, ann } = await appWithUser();
    const headers = { Authorization: `Bearer ${ann.token}`, 'Sec-WebSocket-Origin': ORIGIN };
    expect(await rawRefusal(app, handshakeBytes('/ws', headers))).toMatchObject({ status: 403 });
  });

  it('an absent origin where ALLOW_EMPTY_ORIGIN is false', async () => {
    const { app, ann } = await appWithUser({ ALLOW_EMPTY_ORIGIN: 'false' });
    const headers = { Authorization: `Bearer ${ann.token}` };
    expect(await rawRefusal(app, handshakeBytes('/ws', headers))).toMatchObject({ status: 403 });
    await connect(app.wsUrl, ann.token, { origin: ORIGIN });
  });

  it('no credential, and a cookie is none', async () => {
    const { app, ann } = await appWithUser();
    const bytes = handshakeBytes('/ws', { Cookie: `token=${ann.token}; access_token=${ann.token}` });
    const response = await rawRefusal(app, bytes);
    expect(response).toMatchObject({ status: 401, code: 'token_missing' });
  });

  const double: [string, (token: string) => [string, Record<string, string>, string[]]][] = [
    ['header and query', (token) => [`/ws?token=${token}`, { Authorization: `Bearer ${token}` }, []]],
    ['token and ticket', (token) => [`/ws?token=${token}&ticket=t`, {}, []]],
    ['the token twice', (token) => [`/ws?token=${token}&token=${token}`, {}, []]],
    ['header and sub-protocol', (token) => ['/ws', { Authorization: `Bearer ${token}`, 'Sec-WebSocket-Protocol': `hadir.v1, hadir.bearer.${token}` }, []]],
    ['two headers', (token) => ['/ws', {}, [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`]]],
  ];
  it.each(double)('two credentials: %s', async (_, shape) => {
    const { app, ann } = await appWithUser();
    const [target, headers, extra] = shape(ann.token);
    expect(await rawRefusal(app, handshakeBytes(target, headers, { extra }))).toMatchObject({
      status: 400,
      code: 'ambiguous_credentials',
    });
  });

  it.each(['garbage', 'a.b.c', '', 'Basic'])('the bad token "%s"', async (token) => {
    const { app } = await appWithUser();
    const response = await rawRefusal(app, handshakeBytes('/ws', { Authorization: `Bearer ${token}` }));
    expect(response).toMatchObject({ status: 401, code: 'token_invalid' });
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('a refresh token in place of an access token, and an access token in place of a ticket', async () => {
    const { app, ann } = await appWithUser();
    for (const query of [`token=${ann.refreshToken}`, `ticket=${ann.token}`, `ticket=${ann.refreshToken}`]) {
      expect(await refusalOf(`${app.wsUrl}?${query}`)).toMatchObject({ status: 401, body: { error: { code: 'token_invalid' } } });
    }
  });

  it('an expired token', async () => {
    const { app, ann } = await appWithUser({ ACCESS_TOKEN_TTL: '1s' });
    const code = () => refusalOf(`${app.wsUrl}?token=${ann.token}`).then(({ body }) => body.error.code, () => 'accepted');
    await expect.poll(code, { timeout: 5000 }).toBe('token_expired');
  });

  it('a session that was logged out', async () => {
    const { app, ann } = await appWithUser();
    await ann.succeed('POST', 'auth/logout');
    const response = await rawRefusal(app, handshakeBytes('/ws', { Authorization: `Bearer ${ann.token}` }));
    expect(response).toMatchObject({ status: 401, code: 'session_revoked' });
  });

  it('a disabled account', async () => {
    const { app, ann } = await appWithUser();
    const admin = await adminOf(app);
    await admin.succeed('PATCH', `admin/users/${ann.id}`, { disabled: true });
    expect(await refusalOf(`${app.wsUrl}?token=${ann.token}`)).toMatchObject({ status: 403, body: { error: { code: 'account_disabled' } } });
  });

  it('the checks in their order: the first reason is the one that is told', async () => {
    const { app, ann } = await appWithUser({ RATE_LIMIT_HANDSHAKE: '6/60s' });
    const bad = { Origin: 'https://evil.test', 'Sec-WebSocket-Version': '8', Authorization: 'Bearer x' };
    const ask = async (target: string, headers: Record<string, string | undefined>) =>
      (await rawRefusal(app, handshakeBytes(target, headers))).status;
    expect(await ask('/other', bad)).toBe(404);
    expect(await ask('/ws?token=x', bad)).toBe(426);
    expect(await ask('/ws?token=x', { ...bad, 'Sec-WebSocket-Version': '13' })).toBe(403);
    expect(await ask('/ws?token=x', { ...bad, 'Sec-WebSocket-Version': '13', Origin: ORIGIN })).toBe(400);
    await ann.succeed('POST', 'auth/logout');
    expect(await ask('/ws', { Authorization: `Bearer ${ann.token}x` })).toBe(401);
  });
});

describe('The handshake accepts', () => {
  it('a token in the query, as the guide recommends', async () => {
    const { app, ann } = await appWithUser();
    const socket = await openSocket(`${app.wsUrl}?token=${ann.token}`);
    const { data } = await socket.next('connected');
    expect(data).toMatchObject({ user_id: ann.id, session_id: ann.sessionId, status: 'online', max_message_bytes: 65_536 });
    expect(socket.frames[0]?.type).toBe('connected');
  });

  it('a token in the Authorization header', async () => {
    const { app, ann } = await appWithUser();
    await connect(app.wsUrl, ann.token);
  });

  it('a token as a sub-protocol, and answers with hadir.v1 only', async () => {
    const { app, ann } = await appWithUser();
    const socket = await openSocket(app.wsUrl, { protocols: ['hadir.v1', `hadir.bearer.${ann.token}`], origin: ORIGIN });
    await socket.next('connected');
    expect(socket.raw.protocol).toBe('hadir.v1');
  });

  it('a ticket, once, however often it is shown at once', async () => {
    const { app, ann } = await appWithUser();
    const { ticket } = await ann.succeed<Ticket>('POST', 'auth/ws-ticket');
    const shown = await Promise.allSettled(Array.from({ length: 10 }, () => openSocket(`${app.wsUrl}?ticket=${ticket}`)));
    expect(shown.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('what WS_QUERY_TOKEN leaves', async () => {
    const { app, ann } = await appWithUser({ WS_QUERY_TOKEN: 'ticket-only' });
    expect(await refusalOf(`${app.wsUrl}?token=${ann.token}`)).toMatchObject({ status: 401, body: { error: { code: 'token_missing' } } });
    const { ticket } = await ann.succeed<Ticket>('POST', 'auth/ws-ticket');
    await openSocket(`${app.wsUrl}?ticket=${ticket}`);
    const off = await appWithUser({ WS_QUERY_TOKEN: 'off' });
    const other = await off.ann.succeed<Ticket>('POST', 'auth/ws-ticket');
    expect(await refusalOf(`${off.app.wsUrl}?ticket=${other.ticket}`)).toMatchObject({ status: 401 });
  });

  it('frames glued to the request, and handles them after it', async () => {
    const { app, ann } = await appWithUser();
    const client = await RawClient.connect(app.url);
    const ping = clientFrame(JSON.stringify({ type: 'ping', id: 'glued' }));
    client.write(Buffer.concat([Buffer.from(handshakeBytes(`/ws?token=${ann.token}`)), ping, ping]));
    await client.until(() => client.received.toString('latin1').split('"reply_to":"glued"').length === 3 || undefined, 'two pongs');
    const text = client.received.toString('latin1');
    expect(text.indexOf('101 Switching')).toBeLessThan(text.indexOf('"connected"'));
    expect(text.indexOf('"connected"')).toBeLessThan(text.indexOf('"pong"'));
  });

  it('no extension that was offered', async () => {
    const { app, ann } = await appWithUser();
    const socket = await connect(app.wsUrl, ann.token, { perMessageDeflate: true });
    expect(socket.raw.extensions).toBe('');
  });
});

describe('Frames glued to a refused request', () => {
  it('are ignored, and do not cost the answer', async () => {
    const { app } = await appWithUser();
    const client = await RawClient.connect(app.url);
    client.write(Buffer.concat([Buffer.from(handshakeBytes('/ws?token=bad')), Buffer.alloc(200_000, 7)]));
    expect(await client.response()).toMatchObject({ status: 401 });
  });
});

describe('The cap of sockets per user', () => {
  it('holds exactly under 50 handshakes at once', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_USER: '7' });
    const tried = await Promise.allSettled(Array.from({ length: 50 }, () => connect(app.wsUrl, ann.token)));
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    const refusal = await refusalOf(`${app.wsUrl}?token=${ann.token}`);
    expect(refusal).toMatchObject({ status: 429, body: { error: { code: 'too_many_connections' } } });
    expect(refusal.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('closes the oldest with 4503 where the policy says so', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_USER: '2', MAX_CONNECTIONS_POLICY: 'replace_oldest' });
    const [first, second] = [await connect(app.wsUrl, ann.token), await connect(app.wsUrl, ann.token)];
    const third = await connect(app.wsUrl, ann.token);
    expect(await first.ended()).toMatchObject({ code: 4503 });
    await Promise.all([second.settled(), third.settled()]);
  });

  it('gives the place back when a socket closes', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_USER: '1' });
    for (let turn = 0; turn < 5; turn += 1) await (await connect(app.wsUrl, ann.token)).close();
  });
});

describe('A client that vanishes during the checks', () => {
  it('leaves nothing behind', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_USER: '3' });
    for (let turn = 0; turn < 200; turn += 1) {
      const client = await RawClient.connect(app.url);
      client.write(handshakeBytes(`/ws?token=${ann.token}`));
      setTimeout(() => client.socket.resetAndDestroy(), turn % 10);
    }
    const admin = await adminOf(app);
    await expect.poll(async () => (await admin.succeed<{ items: unknown[] }>('GET', 'admin/connections')).items).toHaveLength(0);
    for (let turn = 0; turn < 3; turn += 1) await connect(app.wsUrl, ann.token);
  });
});

describe('A ticket', () => {
  it('is refused, readably, for the reasons for which the handshake would be', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_USER: '1' });
    const forbidden = await ann.call('POST', 'auth/ws-ticket', { headers: { origin: 'https://evil.test' } });
    expect(forbidden).toMatchObject({ status: 403, body: { error: { code: 'origin_not_allowed' } } });
    await connect(app.wsUrl, ann.token);
    expect(await ann.call('POST', 'auth/ws-ticket')).toMatchObject({ status: 429, body: { error: { code: 'too_many_connections' } } });
  });
});
