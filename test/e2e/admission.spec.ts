import { describe, expect, it } from 'vitest';
import { appWithUser, ORIGIN, rawRefusal } from '../support/handshakes.js';
import { adminOf } from '../support/people.js';
import { clientFrame, handshakeBytes, RawClient } from '../support/raw.js';
import { connect, openSocket, refusalOf } from '../support/socket.js';

interface Ticket {
  readonly ticket: string;
}

describe('The handshake accepts', () => {
  it('a token in the query, as the guide recommends', async () => {
    const { app, ann } = await appWithUser();
    const socket = await openSocket(`${app.wsUrl}?token=${ann.token}`);
    const { data } = await socket.next('connected');
    expect(data).toMatchObject({
      user_id: ann.id,
      session_id: ann.sessionId,
      status: 'online',
      max_message_bytes: 65_536,
    });
    expect(socket.frames[0]?.type).toBe('connected');
  });

  it('a token in the Authorization header', async () => {
    const { app, ann } = await appWithUser();
    await connect(app.wsUrl, ann.token);
  });

  it('a token as a sub-protocol, and answers with hadir.v1 only', async () => {
    const { app, ann } = await appWithUser();
    const socket = await openSocket(app.wsUrl, {
      protocols: ['hadir.v1', `hadir.bearer.${ann.token}`],
      origin: ORIGIN,
    });
    await socket.next('connected');
    expect(socket.raw.protocol).toBe('hadir.v1');
  });

  it('a ticket, once, however often it is shown at once', async () => {
    const { app, ann } = await appWithUser();
    const { ticket } = await ann.succeed<Ticket>('POST', 'auth/ws-ticket');
    const shown = await Promise.allSettled(
      Array.from({ length: 10 }, () => openSocket(`${app.wsUrl}?ticket=${ticket}`)),
    );
    expect(shown.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('what WS_QUERY_TOKEN leaves', async () => {
    const { app, ann } = await appWithUser({ WS_QUERY_TOKEN: 'ticket-only' });
    expect(await refusalOf(`${app.wsUrl}?token=${ann.token}`)).toMatchObject({
      status: 401,
      body: { error: { code: 'token_missing' } },
    });
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
    await client.until(
      () => client.received.toString('latin1').split('"reply_to":"glued"').length === 3 || undefined,
      'two pongs',
    );
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
    await expect
      .poll(async () => (await admin.succeed<{ items: unknown[] }>('GET', 'admin/connections')).items)
      .toHaveLength(0);
    for (let turn = 0; turn < 3; turn += 1) await connect(app.wsUrl, ann.token);
  });
});

describe('A ticket', () => {
  it('is refused, readably, for the reasons for which the handshake would be', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_USER: '1' });
    const forbidden = await ann.call('POST', 'auth/ws-ticket', { headers: { origin: 'https://evil.test' } });
    expect(forbidden).toMatchObject({ status: 403, body: { error: { code: 'origin_not_allowed' } } });
    await connect(app.wsUrl, ann.token);
    expect(await ann.call('POST', 'auth/ws-ticket')).toMatchObject({
      status: 429,
      body: { error: { code: 'too_many_connections' } },
    });
  });
});

describe('The caps of a node', () => {
  it('hold for handshakes that run at once: altogether', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS: '5', MAX_CONNECTIONS_PER_USER: '100' });
    const asked = Array.from({ length: 20 }, () => openSocket(`${app.wsUrl}?token=${ann.token}`));
    const tried = await Promise.allSettled(asked);
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  it('hold for handshakes that run at once: per address; and refused ones keep no place', async () => {
    const { app, ann } = await appWithUser({ MAX_CONNECTIONS_PER_IP: '5', MAX_CONNECTIONS_PER_USER: '100' });
    for (let turn = 0; turn < 20; turn += 1) await refusalOf(`${app.wsUrl}?token=bad`);
    const tried = await Promise.allSettled(Array.from({ length: 20 }, () => connect(app.wsUrl, ann.token)));
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });
});

describe('Broken HTTP', () => {
  it('is answered in full: headers over 16 KiB with 431, nonsense with 400', async () => {
    const { app } = await appWithUser();
    const large = handshakeBytes('/ws', { 'X-Large': 'x'.repeat(17_000) });
    expect(await rawRefusal(app, large)).toMatchObject({ status: 431, code: 'headers_too_large' });
    expect(await rawRefusal(app, 'NONSENSE\r\n\r\n')).toMatchObject({ status: 400, code: 'bad_request' });
  });

  it('that never ends is cut off within 15 s, while others come in', { timeout: 30_000 }, async () => {
    const { app, ann } = await appWithUser();
    const slow = await RawClient.connect(app.url);
    const dripping = setInterval(() => slow.write('x'), 1000);
    slow.write('GET /ws HTTP/1.1\r\nX-Slow: ');
    await connect(app.wsUrl, ann.token);
    await slow
      .until(() => slow.ended || undefined, 'the end of a slow request', 15_000)
      .finally(() => clearInterval(dripping));
  });
});

describe('A foreign Authorization scheme', () => {
  it('is no credential of ours', async () => {
    const { app, ann } = await appWithUser();
    await openSocket(`${app.wsUrl}?token=${ann.token}`, { headers: { authorization: 'Basic eDp5' } });
  });
});
