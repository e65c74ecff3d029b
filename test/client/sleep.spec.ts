import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { buildClient } from '../../scripts/client-build.js';
import { openClientPage } from '../support/client-page.js';
import { clientOf, Renewal } from '../support/hadir-client.js';
import { newPerson } from '../support/people.js';
import { runProgram } from '../support/program.js';
import { startServer } from '../support/server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const within = { timeout: 20_000 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A program that uses the client and says what it is told. */
const program = (url: string, token: string) => `
  import { Hadir } from '@hadir/client';
  import { WebSocket } from 'ws';
  let tokens = 0;
  const getToken = () => (console.log('token', (tokens += 1)), '${token}');
  const hadir = new Hadir('${url}', { getToken, WebSocket });
  hadir.on('state', ({ state, error }) => console.log(state, error?.closeCode ?? error?.code ?? ''));
  hadir.connect();`;

/** The processes in which a browser's pages live. */
async function renderers(page: Page): Promise<number[]> {
  const browser = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await browser?.send('SystemInfo.getProcessInfo')) ?? {};
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

afterEach(() => vi.useRealTimers());

describe('a process that was stopped and goes on', { timeout: 90_000 }, () => {
  it('sees that the server has given it up, and returns with a fresh token', async () => {
    await buildClient();
    const server = await startServer({ env: { HEARTBEAT_INTERVAL: '1s', HEARTBEAT_TIMEOUT: '1s' } });
    const { token } = await newPerson(server, 'alice');
    const sleeper = runProgram(process.execPath, '--input-type=module', '-e', program(server.url, token));
    await expect.poll(() => sleeper.output, within).toMatch(/connected/);
    sleeper.kill('SIGSTOP');
    await pause(4000);
    sleeper.kill('SIGCONT');
    await expect.poll(() => sleeper.output, within).toMatch(/connecting 4010\s+token 2\s+connected/);
  });

  it('asks whether anybody is still there, and returns when nobody is', async () => {
    await buildClient();
    const server = await startServer();
    const proxy = await TcpProxy.before(server.url);
    const { token } = await newPerson(server, 'alice');
    const sleeper = runProgram(process.execPath, '--input-type=module', '-e', program(proxy.url, token));
    await expect.poll(() => sleeper.output, within).toMatch(/connected/);
    sleeper.kill('SIGSTOP');
    proxy.swallow();
    await pause(17_000);
    sleeper.kill('SIGCONT');
    await expect.poll(() => sleeper.output, within).toMatch(/connecting timeout\s+token 2\s+connected/);
  });
});

describe('a machine that slept for ten minutes', () => {
  it('keeps its connection if that survived, and gives it a fresh token', async () => {
    const server = await startServer();
    const renewal = new Renewal(await newPerson(server, 'alice'));
    const { getToken } = renewal;
    const { client, changes } = clientOf(server, await newPerson(server, 'bob'), { getToken });
    await client.ready();
    // Asleep, the clock on the wall goes on and timers stand still.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 });
    await expect.poll(() => renewal.reasons, within).toEqual(['connect', 'refresh']);
    await client.request('ping', null);
    expect(changes).toHaveLength(2);
  });
});

describe('a page in Chromium', { timeout: 90_000 }, () => {
  it('whose machine slept asks whether its connection lives', async (context) => {
    const { origin, page, start, log } = await openClientPage(context);
    const server = await startServer({ env: { ALLOWED_ORIGINS: origin } });
    const proxy = await TcpProxy.before(server.url);
    await start(proxy.url, (await newPerson(server, 'alice')).token);
    await expect.poll(log, within).toBe('connecting connected');
    const pids = await renderers(page);
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    proxy.swallow();
    await pause(17_000);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await expect.poll(log, within).toContain('connecting connected connecting:timeout');
    // What the browser kept of its HTTP connections is dead too, and found out by the first try.
    await expect.poll(log, { timeout: 30_000 }).toMatch(/:timeout connected$/);
    expect(await page.evaluate('[...new Set(asked)].join()')).toBe('connect');
  });

  it('that is seen again asks at once, and one that is hidden does not', async (context) => {
    const { origin, page, start, log } = await openClientPage(context);
    const server = await startServer({ env: { ALLOWED_ORIGINS: origin } });
    const proxy = await TcpProxy.before(server.url);
    await start(proxy.url, (await newPerson(server, 'alice')).token);
    await expect.poll(log, within).toBe('connecting connected');
    // Without a window nothing hides a page, so the page is told what a window would tell it.
    const turn = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`);
    proxy.swallow();
    await turn(true);
    await pause(6000);
    expect(await log()).toBe('connecting connected');
    await turn(false);
    await expect.poll(log, { timeout: 9000 }).toContain('connecting:timeout');
    await expect.poll(log, within).toMatch(/ connected$/);
  });
});
