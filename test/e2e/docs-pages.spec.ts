import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, type TestContext } from 'vitest';
import { closeHelp } from '../../src/docs/close-help.js';
import { problemHelp } from '../../src/docs/problem-help.js';
import { type CloseCause, closeCodes, problemCodes, problems } from '../../src/protocol/index.js';
import { startApp } from '../support/app.js';
import { openBrowser } from '../support/browser.js';
import { overhang, SHOTS, violations } from '../support/page-look.js';

const SAMPLES = ['/docs/ws', '/docs/errors', '/docs/errors/rate_limited', '/docs/close', '/docs/close/4001'];
const DESKTOP = { width: 1200, height: 900 };
const PHONE = { width: 360, height: 740 };
const looks = [
  { name: 'light', colorScheme: 'light', viewport: DESKTOP },
  { name: 'dark', colorScheme: 'dark', viewport: DESKTOP },
  { name: 'phone', colorScheme: 'light', viewport: PHONE },
] as const;

async function pageOf(context: TestContext, look: (typeof looks)[number]): Promise<Page> {
  return (await openBrowser(context)).newPage({ colorScheme: look.colorScheme, viewport: look.viewport });
}

const unescaped = (html: string) =>
  html.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'",
  );

describe('the page of a code', () => {
  it('tells for every error the cause and what the client should do', async () => {
    const { url } = await startApp();
    for (const code of problemCodes) {
      const response = await fetch(`${url}/docs/errors/${code}`);
      const text = unescaped(await response.text());
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      for (const part of [code, problems[code].summary, problemHelp[code].cause, problemHelp[code].action])
        expect(text).toContain(part);
    }
  });

  it('tells for every close code the cause and what the client should do', async () => {
    const { url } = await startApp();
    for (const [cause, { code, reason }] of Object.entries(closeCodes)) {
      const response = await fetch(`${url}/docs/close/${code}`);
      const text = unescaped(await response.text());
      expect(response.status).toBe(200);
      const { cause: why, action } = closeHelp[cause as CloseCause];
      for (const part of [String(code), reason, why, action]) expect(text).toContain(part);
    }
  });

  it.each(['/docs/errors/nonsense', '/docs/close/4999', '/docs/errors/constructor'])(
    '%s does not exist',
    async (path) => {
      const { url } = await startApp();
      expect((await fetch(url + path)).status).toBe(404);
    },
  );

  it('is named by the answer that carries the code, over REST and in a refused handshake', async () => {
    const { url } = await startApp();
    for (const [path, code] of [
      ['/api/v1/users/me', 'token_missing'],
      ['/nowhere', 'not_found'],
      ['/ws', 'upgrade_required'],
    ] as const) {
      const response = await fetch(url + path);
      const [, target] = /^<([^>]+)>; rel="help"$/.exec(response.headers.get('link') ?? '') ?? [];
      expect(target).toBe(`/docs/errors/${code}`);
      expect((await fetch(url + target)).status).toBe(200);
    }
  });
});

describe('the docs pages', () => {
  it('lead nowhere that does not exist', async () => {
    const { url } = await startApp();
    const pages = [...SAMPLES, ...problemCodes.map((code) => `/docs/errors/${code}`)];
    const targets = new Set<string>();
    for (const path of pages) {
      const html = await (await fetch(url + path)).text();
      for (const [, href] of html.matchAll(/href="([^"]+)"/g))
        if (!href!.startsWith('data:')) targets.add(new URL(href!, url + path).href);
    }
    expect(targets.size).toBeGreaterThan(problemCodes.length);
    for (const target of targets) {
      const response = await fetch(target);
      const { hash } = new URL(target);
      expect(response.status, target).toBe(200);
      if (hash) expect(await response.text(), target).toContain(`id="${hash.slice(1)}"`);
    }
  });

  it.for(looks)('have no fault that axe finds and no sideways scrolling ($name)', async (look, context) => {
    const { url } = await startApp();
    const page = await pageOf(context, look);
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    mkdirSync(SHOTS, { recursive: true });
    for (const path of SAMPLES) {
      await page.goto(url + path);
      await page.screenshot({ path: join(SHOTS, `${path.slice(1).replaceAll('/', '-')}-${look.name}.png`) });
      const wider = await overhang(page);
      expect(wider, path).toBeLessThanOrEqual(0);
      expect(await violations(page), path).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });

  it('can be used with the keyboard: first a way past the navigation, then every link', async (context) => {
    const { url } = await startApp();
    const page = await pageOf(context, looks[0]);
    await page.goto(`${url}/docs/errors`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/docs/errors/${problemCodes[0]}`);
    expect(await page.textContent('h1')).toBe(problemCodes[0]);
  });
});
