import { describe, expect, it } from 'vitest';
import { appWithUser, ORIGIN, rawRefusal } from '../support/handshakes.js';
import { adminOf } from '../support/people.js';
import { handshakeBytes } from '../support/raw.js';
import { connect, refusalOf } from '../support/socket.js';

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
    [
      'POST',
      'POST /ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      405,
      'method_not_allowed',
    ],
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
    [
      'header and sub-protocol',
      (token) => [
        '/ws',
        { Authorization: `Bearer ${token}`, 'Sec-WebSocket-Protocol': `hadir.v1, hadir.bearer.${token}` },
        [],
      ],
    ],
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
      expect(await refusalOf(`${app.wsUrl}?${query}`)).toMatchObject({
        status: 401,
        body: { error: { code: 'token_invalid' } },
      });
    }
  });

  it('an expired token', async () => {
    const { app, ann } = await appWithUser({ ACCESS_TOKEN_TTL: '1s' });
    const code = () =>
      refusalOf(`${app.wsUrl}?token=${ann.token}`).then(
        ({ body }) => body.error.code,
        () => 'accepted',
      );
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
    expect(await refusalOf(`${app.wsUrl}?token=${ann.token}`)).toMatchObject({
      status: 403,
      body: { error: { code: 'account_disabled' } },
    });
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
