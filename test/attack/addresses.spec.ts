import { describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { ADMIN_ENV, adminOf, newPerson } from '../support/people.js';
import { clientFrame, handshakeBytes, RawClient } from '../support/raw.js';
import { PASSWORD } from '../support/http.js';
import { Lane } from './lane.js';

const PEER = '127.0.0.1';

/** What somebody may put into X-Forwarded-For, a line each, and who they are then where 127.0.0.1 and 10.0.0.0/8 are trusted. */
const FORGED: [lines: string[], behindProxy: string][] = [
  [[], PEER],
  [[''], PEER],
  [['203.0.113.7'], '203.0.113.7'],
  [['198.51.100.1, 203.0.113.7'], '203.0.113.7'],
  [['127.0.0.1, 203.0.113.7'], '203.0.113.7'],
  [['198.51.100.1', '203.0.113.7'], '203.0.113.7'],
  [['203.0.113.7, 10.1.2.3, 10.9.9.9'], '203.0.113.7'],
  [['203.0.113.7,10.1.2.3'], '203.0.113.7'],
  [['10.1.2.3'], '10.1.2.3'],
  [['203.0.113.7, 127.0.0.1'], '203.0.113.7'],
  [['  203.0.113.7\t'], '203.0.113.7'],
  [['203.0.113.7, unknown'], PEER],
  [['unknown, 203.0.113.7'], '203.0.113.7'],
  [['203.0.113.7:4711'], PEER],
  [['[2001:db8::7]'], PEER],
  [['[2001:db8::7]:4711'], PEER],
  [['2001:db8::7'], '2001:db8::7'],
  [['2001:0DB8:0:0:0:0:0:7'], '2001:db8::7'],
  [['::ffff:203.0.113.7'], '203.0.113.7'],
  [['::ffff:cb00:7107'], '203.0.113.7'],
  [['203.0.113.7,'], PEER],
  [[',,,'], PEER],
  [['203.0.113.7; DROP TABLE users'], PEER],
  [['<script>alert(1)</script>'], PEER],
  [['203.0.113.7%0d%0aX: y'], PEER],
  [['999.1.1.1'], PEER],
  [['203.0.113.7/32'], PEER],
  [[Array.from({ length: 900 }, () => '10.0.0.1').join(',')], '10.0.0.1'],
  [[`203.0.113.7, ${Array.from({ length: 900 }, () => '10.0.0.1').join(',')}`], '203.0.113.7'],
];

/** Headers in which other proxies say the same; none of ours. */
const OTHERS = [
  'Forwarded: for=203.0.113.9',
  'X-Real-IP: 203.0.113.9',
  'X-Client-IP: 203.0.113.9',
  'CF-Connecting-IP: 203.0.113.9',
  'True-Client-IP: 203.0.113.9',
];

async function start(env: Record<string, string>) {
  const app = await startApp({ env: { ...ADMIN_ENV, MAX_CONNECTIONS_PER_USER: '500', ...env } });
  return { app, ann: await newPerson(app, 'ann'), admin: await adminOf(app) };
}

type Scene = Awaited<ReturnType<typeof start>>;

/** Who the caller is for REST: the address at the session of a login with these headers. */
async function overRest({ app, ann }: Scene, extra: string[]): Promise<string | undefined> {
  const body = JSON.stringify({ email: ann.email, password: PASSWORD });
  const head = [
    'POST /api/v1/auth/login HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...extra,
  ];
  const { text } = await new Lane(portOf(app)).ask(`${head.join('\r\n')}\r\n\r\n${body}`);
  const { session_id } = (JSON.parse(text) as { data: { session_id: string } }).data;
  const { items } = await ann.succeed<{ items: { id: string; ip: string }[] }>('GET', 'auth/sessions?limit=1');
  return items.find(({ id }) => id === session_id)?.ip;
}

/** Who the caller is for /ws: the address of the connection that a handshake with these headers opens. */
async function overWs({ app, ann, admin }: Scene, extra: string[]): Promise<string | undefined> {
  const client = await RawClient.connect(app.url);
  client.write(handshakeBytes('/ws', { Authorization: `Bearer ${ann.token}` }, { extra }));
  const id = await client.until(() => /"connection_id":"([^"]+)"/.exec(client.received.toString())?.[1], 'connected');
  const { items } = await admin.succeed<{ items: { id: string; ip: string }[] }>('GET', 'admin/connections');
  client.write(clientFrame('', { opcode: 8 }));
  await client.until(() => client.ended || undefined, 'the end');
  return items.find((item) => item.id === id)?.ip;
}

const portOf = ({ url }: TestApp) => Number(new URL(url).port);
const lines = (values: string[]) => values.map((value) => `X-Forwarded-For: ${value}`);

async function seenBy(scene: Scene): Promise<unknown> {
  const seen = [];
  for (const [values] of FORGED)
    seen.push([values, await overRest(scene, lines(values)), await overWs(scene, lines(values))]);
  for (const other of OTHERS) seen.push([other, await overRest(scene, [other]), await overWs(scene, [other])]);
  return seen;
}

describe('A forged X-Forwarded-For', () => {
  it(
    'is believed of a trusted proxy, as far as that vouches for it, by REST and by /ws alike',
    { timeout: 60_000 },
    async () => {
      const scene = await start({ TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' });
      const expected = FORGED.map(([values, address]) => [values, address, address]);
      expect(await seenBy(scene)).toEqual([...expected, ...OTHERS.map((other) => [other, PEER, PEER])]);
    },
  );

  it('is never believed of anybody else', { timeout: 60_000 }, async () => {
    const scene = await start({ TRUSTED_PROXIES: '10.0.0.0/8' });
    const expected = FORGED.map(([values]) => [values, PEER, PEER]);
    expect(await seenBy(scene)).toEqual([...expected, ...OTHERS.map((other) => [other, PEER, PEER])]);
  });
});
