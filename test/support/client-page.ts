import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { onTestFinished, type TestContext } from 'vitest';
import { buildClient } from '../../scripts/client-build.js';
import { openBrowser } from './browser.js';
import { serveFolder } from './static-site.js';

export interface ClientPage {
  /** Of the page; a server has to allow it. */
  readonly origin: string;
  readonly page: Page;
  /** Connects there. @param options as they stand in the code, behind `getToken` */
  readonly start: (url: string, token: string, options?: string) => Promise<unknown>;
  /** The states so far, and why they were entered. */
  readonly log: () => Promise<string>;
}

/** The client as it is shipped, on an otherwise empty page. @param files what else the page's server has, by name */
export async function openClientPage(context: TestContext, files: Record<string, string> = {}): Promise<ClientPage> {
  const browser = await openBrowser(context);
  await buildClient();
  const folder = mkdtempSync(join(tmpdir(), 'hadir-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync('client/dist/esm/index.js', join(folder, 'client.js'));
  const all = { 'index.html': '<!doctype html><title>client</title>', ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  const origin = await serveFolder(folder);
  const page = await browser.newPage();
  await page.goto(origin);
  const start = (url: string, token: string, options = '') =>
    page.evaluate(`import('./client.js').then(({ Hadir }) => {
      globalThis.log = [];
      globalThis.asked = [];
      const getToken = (reason) => (asked.push(reason), '${token}');
      globalThis.hadir = new Hadir('${url}', { getToken, ${options} });
      hadir.on('state', ({ state, error, retryInMs }) => {
        log.push(state + (error ? ':' + error.code : ''));
        globalThis.retryInMs = retryInMs;
      });
      hadir.connect();
    })`);
  return { origin, page, start, log: () => page.evaluate('log.join(" ")') };
}
