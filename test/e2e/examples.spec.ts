import type { Page } from 'playwright-core';
import { describe, expect, it, type TestContext } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { runProgram } from '../support/program.js';
import { findPython, need } from '../support/requirement.js';
import { startServer } from '../support/server.js';
import { serveFolder } from '../support/static-site.js';

const EMAIL = 'alice@example.com';
const PASSWORD = 'hadir-demo-2026';

const within = { timeout: 20_000 };

async function openPage(context: TestContext, url: string): Promise<Page> {
  const page = await (await openBrowser(context)).newPage();
  await page.goto(url);
  return page;
}

async function logIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
  });
  const { data } = (await response.json()) as { data: { access_token: string } };
  return data.access_token;
}

describe('the browser client', () => {
  it('logs in, connects and gets its pong on a page of an allowed origin', async (context) => {
    const origin = await serveFolder('docs/examples/browser');
    const server = await startServer({ env: { ALLOWED_ORIGINS: origin } });
    const page = await openPage(context, origin);
    await page.fill('[name=server]', server.url);
    await page.fill('[name=email]', EMAIL);
    await page.fill('[name=password]', PASSWORD);
    await page.click('button');
    await page.getByText('"type":"pong"').waitFor(within);
    const log = await page.textContent('#log');
    expect(log).toMatch(/^WebSocket connected\nReceived: {"type":"connected"/);
    expect(log).not.toContain('closed');
  });

  it('can neither log in nor connect on a page of a forbidden origin, and is told why', async (context) => {
    const origin = await serveFolder('docs/examples/browser');
    const server = await startServer({ env: { ALLOWED_ORIGINS: 'https://yourapp.com' } });
    const token = await logIn(server.url);
    const page = await openPage(context, origin);
    await page.fill('[name=server]', server.url);
    await page.fill('[name=password]', PASSWORD);
    await page.click('button');
    await page.getByText('Login failed: Failed to fetch').waitFor(within);
    await page.evaluate(`import('./client.js').then(({ connect }) => connect('${server.url}', '${token}'))`);
    await page.getByText('Refused: origin_not_allowed').waitFor(within);
    const log = await page.textContent('#log');
    expect(log).toContain('WebSocket closed: 1006');
    expect(log).not.toContain('WebSocket connected');
  });
});

describe('the Node client', () => {
  it('logs in, connects, gets its pong, and leaves when interrupted', async () => {
    const server = await startServer();
    const client = runProgram(process.execPath, 'docs/examples/node.mjs', EMAIL, PASSWORD, server.url);
    await expect.poll(() => client.output, within).toMatch(/connected[^]*type: 'connected'[^]*type: 'pong'/);
    client.kill('SIGINT');
    expect(await client.exited).toBe(0);
    expect(client.output).toContain('WebSocket closed: 1000');
  });

  it('comes back by itself when the server has been away', async () => {
    const server = await startServer();
    const client = runProgram(process.execPath, 'docs/examples/node.mjs', EMAIL, PASSWORD, server.url);
    await expect.poll(() => client.output, within).toContain('pong');
    await server.stop();
    await expect.poll(() => client.output, within).toContain('WebSocket closed: 1006');
    await startServer({ env: { PORT: String(server.port) } });
    await expect.poll(() => client.output, within).toMatch(/closed: 1006[^]*WebSocket connected[^]*pong/);
  });

  it('gives up when the password is wrong', async () => {
    const server = await startServer();
    const client = runProgram(process.execPath, 'docs/examples/node.mjs', EMAIL, 'wrong password', server.url);
    expect(await client.exited).toBe(1);
    expect(client.output).toContain('Login refused: invalid_credentials');
  });
});

describe('the Python client', () => {
  it('logs in, connects, gets its pong, and leaves when interrupted', async (context) => {
    const python = need(context, 'Python with the websockets package', findPython());
    const server = await startServer();
    const client = runProgram(python, 'docs/examples/client.py', EMAIL, PASSWORD, server.url);
    await expect.poll(() => client.output, within).toMatch(/connected[^]*'type': 'connected'[^]*'type': 'pong'/);
    client.kill('SIGINT');
    expect(await client.exited).toBe(0);
  });
});
