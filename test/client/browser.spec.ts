import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { buildClient } from '../../scripts/client-build.js';
import { newPerson } from '../support/people.js';
import { findChromium, need } from '../support/requirement.js';
import { startServer } from '../support/server.js';
import { serveFolder } from '../support/static-site.js';

const within = { timeout: 20_000 };

/** The client as it is shipped, on an otherwise empty page. */
async function openPage(context: TestContext) {
  const executablePath = need(context, 'Chromium', findChromium());
  await buildClient();
  const folder = mkdtempSync(join(tmpdir(), 'hadir-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync('client/dist/esm/index.js', join(folder, 'client.js'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>client</title>');
  const origin = await serveFolder(folder);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(origin);
  const start = (url: string, token: string) =>
    page.evaluate(`import('./client.js').then(({ Hadir }) => {
      globalThis.log = [];
      globalThis.hadir = new Hadir('${url}', { getToken: () => '${token}' });
      hadir.on('state', ({ state, error }) => log.push(state + (error ? ':' + error.code : '')));
      hadir.connect();
    })`);
  const log = () => page.evaluate('log.join(" ")');
  return { origin, page, start, log };
}

describe('the client in Chromium', () => {
  it('connects, asks, and comes back when the server has been away', async (context) => {
    const { origin, page, start, log } = await openPage(context);
    const env = { ALLOWED_ORIGINS: origin, JWT_SECRET: 'the same secret before and after it' };
    const server = await startServer({ env });
    await start(server.url, (await newPerson(server, 'alice')).token);
    await expect.poll(log, within).toBe('connecting connected');
    expect(await page.evaluate('hadir.request("ping", null)')).toBeNull();
    server.kill('SIGKILL');
    await expect.poll(log, within).toContain('connecting:closed');
    await startServer({ env: { ...env, PORT: String(server.port), DATABASE_URL: `sqlite:${server.folder}/hadir.db` } });
    await expect.poll(log, { timeout: 40_000 }).toMatch(/connecting:closed .*connected$/);
  });

  it('can read why it is refused, and stops', async (context) => {
    const { start, log } = await openPage(context);
    const server = await startServer({ env: { ALLOWED_ORIGINS: 'https://yourapp.com' } });
    await start(server.url, (await newPerson(server, 'alice')).token);
    await expect.poll(log, within).toBe('connecting disconnected:origin_not_allowed');
  });
});
