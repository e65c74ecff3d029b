import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { RawClient } from '../support/raw.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const LOGIN = ['POST /api/v1/auth/login HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
const HIDDEN = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';

describe('A request whose end could be read in two ways is refused, and what is hidden in it is not answered:', () => {
  const ambiguous: [how: string, headers: string[], body: string][] = [
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${HIDDEN}`],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${HIDDEN}`],
    ['two lengths', ['Content-Length: 2', `Content-Length: ${HIDDEN.length + 2}`], `{}${HIDDEN}`],
    ['a length with a sign', ['Content-Length: +2'], `{}${HIDDEN}`],
    ['a length in two parts', ['Content-Length: 2, 2'], `{}${HIDDEN}`],
    ['chunked, and something else', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${HIDDEN}`],
    ['a space before the colon', ['Transfer-Encoding : chunked', 'Content-Length: 2'], `{}${HIDDEN}`],
    ['a line feed alone', ['Content-Length: 2\nX-Smuggled: 1'], `{}${HIDDEN}`],
    ['a folded header', ['Content-Length: 2', ' 3'], `{}${HIDDEN}`],
  ];

  it.each(ambiguous)('%s', async (_, headers, body) => {
    const client = await RawClient.connect(app.url);
    client.write(`${[...LOGIN, ...headers].join('\r\n')}\r\n\r\n${body}`);
    const answer = await client.response();
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ success: false, error: { code: 'bad_request' } });
    expect(answer.headers.get('connection')).toBe('close');
    expect(client.received.toString('latin1')).not.toContain('"live"');
  });
});
