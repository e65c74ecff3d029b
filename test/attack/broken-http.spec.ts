import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { Http } from '../support/http.js';
import { RawClient } from '../support/raw.js';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startApp();
  token = (await new Http(app.url).newcomer()).access_token;
});
afterAll(() => app.close());

const LOGIN = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';
/** What somebody would have answered in the name of another client of the same proxy. */
const smuggled = () => `GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;

/** Everything that comes back, until the server ends the connection. */
async function allOf(bytes: string): Promise<{ statuses: string[]; text: string }> {
  const client = await RawClient.connect(app.url);
  client.write(Buffer.from(bytes, 'latin1'));
  await client.until(() => client.ended || undefined, `the end after ${JSON.stringify(bytes.slice(0, 200))}`);
  const text = client.received.toString();
  return { statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!), text };
}

/** Requests that could be read in two ways, beside those of test/e2e/smuggling.spec.ts. */
const AMBIGUOUS: Record<string, string> = {
  'an unknown coding': `${LOGIN}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'a coding behind a control character': `${LOGIN}\r\nTransfer-Encoding:\u000bchunked\r\n\r\n0\r\n\r\n`,
  'a GET with an unknown coding':
    'GET /health/live HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'the same length twice': `${LOGIN}\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n`,
  'a negative length': `${LOGIN}\r\nContent-Length: -1\r\n\r\n`,
  'a length beyond numbers': `${LOGIN}\r\nContent-Length: 99999999999999999999999\r\n\r\n`,
  'a length in hexadecimal': `${LOGIN}\r\nContent-Length: 0x0\r\n\r\n`,
  'line feeds alone': 'GET /health/live HTTP/1.1\nHost: x\n\n',
  'a carriage return alone': 'GET /health/live HTTP/1.1\r\nHost: x\rX: y\r\n\r\n',
  'a NUL in a header': 'GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n',
  'a version that is none': 'GET /health/live HTTP/1.2\r\nHost: x\r\n\r\n',
  'another version': 'GET /health/live HTTP/3.0\r\nHost: x\r\n\r\n',
  'HTTP/2 all at once': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a method in small letters': 'get /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
  'a path without a slash': 'GET health/live HTTP/1.1\r\nHost: x\r\n\r\n',
};

/** Bodies that break off while they are read. */
const CHUNKS: Record<string, string> = {
  'a negative size': '-1\r\n\r\n',
  'a size beyond numbers': 'ffffffffffffffffffff\r\n\r\n',
  'a size that is none': 'zz\r\n\r\n',
  'line feeds alone': '0\n\n',
  'a line feed in an extension': '5;\n\r\nhello\r\n0\r\n\r\n',
  'a long extension': `0;${'a'.repeat(20_000)}\r\n\r\n`,
  'more than the size says': '2\r\nhello\r\n0\r\n\r\n',
};

describe('A request that can be read in two ways', () => {
  it.each(Object.entries(AMBIGUOUS))('is refused and nothing after it is read: %s', async (_, bytes) => {
    const { statuses, text } = await allOf(bytes + smuggled());
    expect(statuses, text).toEqual(['400']);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({
      success: false,
      error: { code: 'bad_request' },
    });
  });

  it.each(Object.entries(CHUNKS))(
    'in its chunks has one answer, and nothing after it is read: %s',
    async (_, chunks) => {
      for (const head of [LOGIN, 'GET /api/v1/users/me HTTP/1.1\r\nHost: x', 'DELETE /nowhere HTTP/1.1\r\nHost: x']) {
        const { statuses, text } = await allOf(`${head}\r\n${CHUNKED}\r\n\r\n${chunks}${smuggled()}`);
        expect(statuses, text).toHaveLength(1);
        expect(['400', '401', '404']).toContain(statuses[0]);
        expect(text).not.toContain('"email"');
      }
    },
  );
});

describe('What Node would refuse without a word', () => {
  it('is a request without a Host header, and is refused in full', async () => {
    const { statuses, text } = await allOf('GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect([statuses, text]).toEqual([['400'], expect.stringContaining('"code":"bad_request"')]);
    expect((await allOf('GET /health/live HTTP/1.0\r\n\r\n')).statuses).toEqual(['200']);
  });

  it.each(['200-ok', 'x', '100-continue, x'])('is the expectation "%s", which is ignored', async (expectation) => {
    const head = `GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: ${expectation}\r\n\r\n`;
    const { statuses, text } = await allOf(head);
    expect([statuses.at(-1), text]).toEqual(['200', expect.stringContaining('{"status":"live"}')]);
  });

  it('is CONNECT, and is refused in full', async () => {
    for (const target of ['example.com:443', '/ws', '/api/v1/users/me']) {
      const { statuses, text } = await allOf(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n${smuggled()}`);
      expect([statuses, text]).toEqual([['405'], expect.stringContaining('"code":"method_not_allowed"')]);
    }
  });

  it.each([
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a handshake', `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
    ['no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n'],
  ])('is %s of a client that resets the connection at once, which harms nobody', async (_what, bytes) => {
    for (let turn = 0; turn < 50; turn += 1) {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(bytes, () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    expect((await allOf('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).statuses).toEqual([
      '200',
    ]);
  });
});

describe('After all of this the server', () => {
  it('still answers', async () => {
    expect((await allOf(smuggled().replace('Host', 'Connection: close\r\nHost'))).text).toContain('"email"');
  });
});
