import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { rawRefusal } from '../support/handshakes.js';
import { Http, PASSWORD } from '../support/http.js';
import { handshakeBytes } from '../support/raw.js';

let app: TestApp;
let http: Http;
beforeAll(async () => {
  app = await startApp();
  http = new Http(app.url);
});
afterAll(() => app.close());

const A_YEAR = 31_536_000;

/** The directives of a policy, by name. */
function policy(headers: Headers): Record<string, string> {
  const directives = (headers.get('content-security-policy') ?? '').split(';').map((text) => text.trim());
  return Object.fromEntries(directives.map((text) => text.split(/ (.*)/, 2) as [string, string]));
}

describe('Every answer over HTTP', () => {
  const paths = [
    '/api/v1/users/me',
    '/api/v1/nowhere',
    '/nowhere',
    '/health/live',
    '/metrics',
    '/docs',
    '/docs/swagger-ui.css',
    '/docs/openapi.json',
    '/docs/ws',
    '/docs/errors/rate_limited',
    '/docs/asyncapi.json',
  ];

  it.each(paths)('tells browsers what not to do: %s', async (path) => {
    const { headers } = await fetch(app.url + path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBe(`max-age=${A_YEAR}; includeSubDomains`);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(policy(headers)).toMatchObject({
      'object-src': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
      'script-src': "'self'",
    });
  });

  it.each(paths)('says what it is made of, and in which characters: %s', async (path) => {
    const { headers } = await fetch(app.url + path);
    expect(headers.get('content-type')).toMatch(/^(application\/json|text\/(plain|html|css)).*; charset=utf-8$/i);
  });

  it('sets no cookie', async () => {
    const email = await http.register();
    const { headers } = await http.post('auth/login', { body: { email, password: PASSWORD } });
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('No cache keeps', () => {
  it('tokens', async () => {
    const email = await http.register();
    const login = await http.post('auth/login', { body: { email, password: PASSWORD } });
    expect(login.headers.get('cache-control')).toBe('no-store');
  });

  it('what is only for somebody who is logged in, and refusals', async () => {
    const { access_token: token } = await http.newcomer();
    for (const path of ['users/me', 'rooms', 'auth/sessions', 'rooms/nothing']) {
      const { headers } = await http.get(path, { token });
      expect(headers.get('cache-control'), path).toBe('no-store');
    }
    expect((await http.get('users/me')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('A refused handshake', () => {
  it('says the same to browsers', async () => {
    const { headers } = await rawRefusal(app, handshakeBytes('/ws'));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toBe(`max-age=${A_YEAR}; includeSubDomains`);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('TRACE', () => {
  it.each(['/', '/api/v1/users/me', '/docs', '/ws'])('echoes nothing: %s', async (path) => {
    const echoed = 'a header that must not come back';
    const [status, text] = await new Promise<[number, string]>((resolve, reject) => {
      const call = request(app.url + path, { method: 'TRACE', headers: { 'x-secret': echoed } }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve([response.statusCode ?? 0, body]));
      });
      call.on('error', reject);
      call.end();
    });
    expect([404, 405]).toContain(status);
    expect(text).not.toContain(echoed);
  });
});
