import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { openClientPage } from '../support/client-page.js';
import { freePort } from '../support/free-port.js';
import { newPerson } from '../support/people.js';
import { startServer } from '../support/server.js';
import { connect } from '../support/socket.js';

const within = { timeout: 20_000 };
const JWT_SECRET = 'the same secret before and after it';

/** A browser tells its pages when it is online again. */
async function networkReturns(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await page.context().setOffline(false);
}

/** A page that is connected to a server whose pings are far apart. */
async function connected(context: TestContext, env: Record<string, string> = {}, states = 'connecting connected') {
  const opened = await openClientPage(context);
  const server = await startServer({ env: { ALLOWED_ORIGINS: opened.origin, JWT_SECRET, ...env } });
  const { token } = await newPerson(server, 'alice');
  await opened.start(server.url, token);
  await expect.poll(opened.log, within).toBe(states);
  return { ...opened, server, token };
}

describe('the client in Chromium', () => {
  it('connects, asks, and comes back when the server has been away', async (context) => {
    const { page, log, server, origin } = await connected(context);
    expect(await page.evaluate('hadir.request("ping", null)')).toBeNull();
    server.kill('SIGKILL');
    await expect.poll(log, within).toContain('connecting:closed');
    const env = { ALLOWED_ORIGINS: origin, JWT_SECRET, PORT: String(server.port) };
    await startServer({ env: { ...env, DATABASE_URL: `sqlite:${server.folder}/hadir.db` } });
    await expect.poll(log, { timeout: 40_000 }).toMatch(/connecting:closed .*connected$/);
  });

  it('finds the way in where nothing may stand in an address', async (context) => {
    const { page } = await connected(
      context,
      { WS_QUERY_TOKEN: 'off' },
      'connecting connecting:closed connecting:closed connected',
    );
    expect(await page.evaluate('hadir.request("ping", null)')).toBeNull();
  });

  it('can read why it is refused, and stops', async (context) => {
    const { start, log } = await openClientPage(context);
    const server = await startServer({ env: { ALLOWED_ORIGINS: 'https://yourapp.com' } });
    await start(server.url, (await newPerson(server, 'alice')).token);
    await expect.poll(log, within).toBe('connecting disconnected:origin_not_allowed');
  });

  it('runs in a worker', async (context) => {
    const { origin, page } = await openClientPage(context, {
      'worker.js': `import { Hadir } from './client.js';
        onmessage = async ({ data: { url, token } }) => {
          const hadir = new Hadir(url, { getToken: () => token });
          hadir.connect();
          const { user_id } = await hadir.ready();
          postMessage({ user_id, pong: await hadir.request('ping', null), inPage: typeof document });
        };`,
    });
    const server = await startServer({ env: { ALLOWED_ORIGINS: origin } });
    const { id, token } = await newPerson(server, 'alice');
    const said = await page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker('./worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ url: '${server.url}', token: '${token}' });
    })`);
    expect(said).toEqual({ user_id: id, pong: null, inPage: 'undefined' });
  });
});

describe('the client in Chromium, when the network is back,', () => {
  it('waits no longer', async (context) => {
    const { origin, page, start, log } = await openClientPage(context);
    const port = await freePort();
    const env = { ALLOWED_ORIGINS: origin, PORT: String(port) };
    const early = await startServer({ env: { ...env, JWT_SECRET } });
    const { token } = await newPerson(early, 'alice');
    early.kill('SIGKILL');
    await early.exited;
    await start(early.url, token, 'random: () => 0.99');
    await expect.poll(() => page.evaluate('retryInMs'), within).toBeGreaterThan(7000);
    const waitsFrom = performance.now();
    await startServer({ env: { ...env, JWT_SECRET, DATABASE_URL: `sqlite:${early.folder}/hadir.db` } });
    await networkReturns(page);
    await expect.poll(log, { timeout: 3000 }).toMatch(/ connected$/);
    expect(performance.now() - waitsFrom).toBeLessThan(7000);
  });

  it('still waits as long as the server wants it', async (context) => {
    const { origin, page, start, log } = await openClientPage(context);
    const server = await startServer({ env: { ALLOWED_ORIGINS: origin, MAX_CONNECTIONS: '1' } });
    const { token } = await newPerson(server, 'alice');
    const socket = await connect(server.wsUrl, token);
    await start(server.url, token, 'random: () => 0.99');
    await expect.poll(log, within).toBe('connecting connecting:unavailable');
    const tries = () => page.evaluate('asked.length');
    await networkReturns(page);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await tries()).toBe(1);
    await socket.close();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await networkReturns(page);
    await expect.poll(log, { timeout: 1400 }).toMatch(/ connected$/);
  });

  it('finds out at once that its connection is dead', async (context) => {
    const { page, log, server } = await connected(context);
    server.kill('SIGSTOP');
    onTestFinished(() => server.kill('SIGCONT'));
    await networkReturns(page);
    await expect.poll(log, { timeout: 9000 }).toContain('connecting:timeout');
    server.kill('SIGCONT');
    await expect.poll(log, within).toMatch(/ connected$/);
  });
});
