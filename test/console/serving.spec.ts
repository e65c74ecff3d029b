import { describe, expect, it } from 'vitest';
import { startServer } from '../support/server.js';

const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: 'a secret of a production server in a test' };

/** As a browser asks again; Node's own fetch would say no-cache, which wants all of it. */
const RETURNING = { 'cache-control': 'max-age=0' };

/** What the shell names: its script, its style, its icon. */
function assetsOf(html: string): string[] {
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
}

describe('the page at /console', () => {
  it('comes with a policy that allows nothing inline and nothing from elsewhere', async () => {
    const { url } = await startServer();
    const response = await fetch(`${url}/console`);
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|https?:/);
    for (const [name, value] of [
      ['x-content-type-options', 'nosniff'],
      ['x-frame-options', 'DENY'],
      ['referrer-policy', 'no-referrer'],
    ] as const)
      expect(response.headers.get(name)).toBe(value);
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|\son\w+=/);
    expect(assetsOf(html).length).toBeGreaterThanOrEqual(3);
    for (const path of assetsOf(html)) expect(path).toMatch(/^\/console\/assets\//);
  });

  it('is asked about at each visit, its assets never again', async () => {
    const { url } = await startServer();
    const shell = await fetch(`${url}/console`);
    expect(shell.headers.get('cache-control')).toBe('no-cache');
    const paths = ['/console', ...assetsOf(await shell.text())];
    for (const path of paths) {
      const first = await fetch(url + path);
      const etag = first.headers.get('etag') ?? '';
      expect([first.status, first.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
      if (path !== '/console') expect(first.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      const again = await fetch(url + path, { headers: { ...RETURNING, 'if-none-match': etag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      const changed = await fetch(url + path, { headers: { ...RETURNING, 'if-none-match': '"another"' } });
      expect(changed.status).toBe(200);
    }
  });

  it('gives away no other file', async () => {
    const { url } = await startServer();
    for (const path of [
      '/console/assets/nothing.js',
      '/console/assets/..%2findex.html',
      '/console/assets/..%2f..%2fconsole.module.js',
      '/console/assets/console.module.js',
      '/console/console.module.js',
      '/console/page/index.html',
    ])
      expect((await fetch(url + path)).status, path).toBe(404);
  });

  it('is not there in production unless it is enabled, and then marked as for administrators', async () => {
    const off = await startServer({ env: PRODUCTION });
    for (const path of ['/console', '/console/assets/index.js']) expect((await fetch(off.url + path)).status).toBe(404);
    const on = await startServer({ env: { ...PRODUCTION, CONSOLE_ENABLED: 'true' } });
    expect(await (await fetch(`${on.url}/console`)).text()).toContain('data-admins-only="true"');
  });

  it('is there in development unless it is disabled, for everybody', async () => {
    const on = await startServer();
    expect(await (await fetch(`${on.url}/console`)).text()).toContain('data-admins-only="false"');
    const off = await startServer({ env: { CONSOLE_ENABLED: 'false' } });
    expect((await fetch(`${off.url}/console`)).status).toBe(404);
  });
});
