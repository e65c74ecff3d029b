import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems, type ProblemCode } from '../../src/protocol/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { Http, type LoginData, PASSWORD } from '../support/http.js';

let app: TestApp;
let http: Http;
let login: LoginData;
beforeAll(async () => {
  app = await startApp();
  http = new Http(app.url);
  login = await http.newcomer();
});
afterAll(() => app.close());

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: { success: boolean; message: string; error: { code: ProblemCode; request_id: string; details?: unknown[] } };
}

/** A call with exactly these bytes and headers, under no prefix. */
function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(`${app.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(text) as Answer['body'],
        });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json) =>
  send('POST', '/api/v1/auth/login', headers, body);

function expectProblem({ status, headers, body }: Answer, code: ProblemCode): void {
  expect([status, body.error.code]).toEqual([problems[code].status, code]);
  expect(body.success).toBe(false);
  expect(body.message).toBe(problems[code].summary);
  expect(body.error.request_id).toBe(headers['x-request-id']);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
}

describe('an address', () => {
  it.each([
    '/',
    '/nowhere',
    '/api',
    '/api/v1',
    '/api/v1/',
    '/api/v1/nowhere',
    '/api/v2/users/me',
    '/api/v1/auth/login/x',
  ])('that is none is not_found: %s', async (path) => expectProblem(await send('GET', path), 'not_found'));

  it.each([
    ['GET', '/api/v1/auth/login', 'POST'],
    ['DELETE', '/api/v1/users/me?x=1', 'GET, HEAD, PATCH'],
    ['PUT', '/api/v1/auth/sessions/x', 'DELETE'],
  ])('with another method says which it knows: %s %s', async (method, path, allow) => {
    const answer = await send(method, path);
    expectProblem(answer, 'method_not_allowed');
    expect(answer.headers.allow).toBe(allow);
  });

  it('that cannot be decoded is a bad request', async () => {
    const token = { authorization: `Bearer ${login.access_token}` };
    expectProblem(await send('GET', '/api/v1/users/%zz', token), 'bad_request');
  });
});

describe('a body', () => {
  it.each([
    ['{', 'bad_json'],
    ['nonsense', 'bad_json'],
    ['{"email":"a@b.c",}', 'bad_json'],
    ['[', 'bad_json'],
    ['['.repeat(60_000), 'bad_json'],
    ['{"email":1e400}', 'validation_failed'],
    ['[]', 'validation_failed'],
    ['null', 'validation_failed'],
    ['"text"', 'validation_failed'],
    ['7', 'validation_failed'],
    ['{}', 'validation_failed'],
    ['', 'validation_failed'],
  ] as const)('of %.20s is refused as %s', async (body, code) => expectProblem(await post(body), code));

  it('has to be UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"email":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expectProblem(await post(bytes as never), 'bad_json');
  });

  it('of 64 KiB is read, and of one byte more refused', async () => {
    const padded = (length: number) => `{"email":"a@b.c","password":"x"${' '.repeat(length - 32)}}`;
    expectProblem(await post(padded(65_536)), 'invalid_credentials');
    expectProblem(await post(padded(65_537)), 'payload_too_large');
  });

  it('of 64 KiB in many keys is refused within reason', async () => {
    const body = `{${Array.from({ length: 6000 }, (_, index) => `"k${index}":0`).join(',')}}`;
    const start = performance.now();
    expectProblem(await post(body), 'validation_failed');
    expect(performance.now() - start).toBeLessThan(1500);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    '',
  ])('of another type is refused: %s', async (type) =>
    expectProblem(await post('{"email":"a@b.c"}', type ? { 'content-type': type } : {}), 'unsupported_media_type'),
  );

  it('in another encoding is refused', async () => {
    expectProblem(await post('x', { ...json, 'content-encoding': 'gzip' }), 'unsupported_media_type');
  });

  it('may name its character set', async () => {
    const body = JSON.stringify({ email: 'a@b.c', password: 'x' });
    expectProblem(await post(body, { 'content-type': 'application/json; charset=utf-8' }), 'invalid_credentials');
  });

  it.each([
    '{"__proto__":{"admin":true},"email":"a@b.c","password":"x"}',
    '{"constructor":{"prototype":{"admin":true}},"email":"a@b.c","password":"x"}',
    '{"email":"a@b.c","password":"x","device_name":{"__proto__":{"admin":true}}}',
    '{"email":{"constructor":{"prototype":{"admin":true}}},"password":"x"}',
    '{"\\u005f_proto__":{"admin":true},"email":"a@b.c","password":"x"}',
  ])('cannot reach the prototype of anything: %s', async (body) => {
    expectProblem(await post(body), 'validation_failed');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('with an unknown field names it as far as it is harmless, and never a value', async () => {
    const name = `<b>${'x'.repeat(100)}`;
    const { body } = await post(JSON.stringify({ email: 'a@b.c', password: PASSWORD, [name]: 'secret value' }));
    expect(body.error.details).toEqual([{ field: `?b?${'x'.repeat(61)}`, message: 'is not a known field' }]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});

describe('a wrong field', () => {
  const details = async (body: object) => (await post(JSON.stringify(body))).body.error.details;

  it('that is missing is called required', async () => {
    expect(await details({})).toEqual(['email', 'password'].map((field) => ({ field, message: 'is required' })));
  });

  it('of the wrong kind is told its kind, before its length', async () => {
    expect(await details({ email: 5, password: PASSWORD })).toEqual([{ field: 'email', message: 'must be a string' }]);
    const authorization = `Bearer ${login.access_token}`;
    const { body } = await send('GET', '/api/v1/rooms?limit=many', { authorization });
    expect(body.error.details).toEqual([{ field: 'limit', message: 'must be an integer number' }]);
  });
});

describe('a page of the docs that is not there', () => {
  it.each(['/docs/errors/nothing', '/docs/close/1'])('is refused as what it is, JSON: %s', async (path) => {
    const { status, headers } = await send('GET', path);
    expect([status, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
  });
});

describe('the id of a request', () => {
  it('is taken over when it is harmless', async () => {
    const answer = await send('GET', '/nowhere', { 'x-request-id': 'trace:1.2_3-4' });
    expect(answer.body.error.request_id).toBe('trace:1.2_3-4');
  });

  it.each(['', 'a b', '<script>', 'x'.repeat(65), 'a"b'])('is replaced when it is not: %s', async (id) => {
    const answer = await send('GET', '/nowhere', { 'x-request-id': id });
    expect(answer.body.error.request_id).toMatch(/^[\da-f-]{36}$/);
    expect(answer.headers['x-request-id']).toBe(answer.body.error.request_id);
  });

  it('stands on a good answer too', async () => {
    expect((await http.get('users/me', { token: login.access_token })).headers.get('x-request-id')).toBeTruthy();
  });
});

describe('every answer', () => {
  it.each(['/api/v1/users/me', '/api/v1/users', '/health/live', '/metrics'])(
    'is sent in full and kept by nobody, whatever the client says it has: %s',
    async (path) => {
      const headers = { authorization: `Bearer ${login.access_token}` };
      for (const condition of ['if-none-match', 'if-modified-since', 'range']) {
        const value =
          condition === 'range' ? 'bytes=0-1' : condition === 'if-none-match' ? '*' : new Date().toUTCString();
        const answer = await fetch(app.url + path, { headers: { ...headers, [condition]: value } });
        expect([answer.status, answer.headers.get('cache-control')], condition).toEqual([200, 'no-store']);
        expect((await answer.text()).length).toBeGreaterThan(10);
      }
    },
  );

  it.each(['/api/v1/users/me', '/nowhere'])(
    'carries the security headers and no sign of the framework: %s',
    async (path) => {
      const { headers } = await send('GET', path);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['x-powered-by']).toBeUndefined();
    },
  );
});
