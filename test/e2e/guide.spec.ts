import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { bundle } from '../support/bundle.js';
import { exampleFor, examplesOf } from '../support/guide.js';
import { runProgram } from '../support/program.js';
import { findPython, need } from '../support/requirement.js';
import { type Server, startServer } from '../support/server.js';
import { serveFolder } from '../support/static-site.js';

const within = { timeout: 20_000 };
const PING_AND_PONG = /received connected[^]*received pong/;

async function tokenOf(server: Server): Promise<string> {
  const login = exampleFor(server.port, 'curl');
  const { data } = JSON.parse(spawnSync('sh', ['-c', login], { encoding: 'utf8' }).stdout) as {
    data: { access_token: string };
  };
  return data.access_token;
}

/** Runs a program with TOKEN in its environment, as the guide says. */
const withToken = (token: string, ...command: string[]) => runProgram('env', `TOKEN=${token}`, ...command);

/** A page of an allowed origin and the server that allows it. */
async function openPage(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Guide</title><div id="app"></div>');
  const origin = await serveFolder(folder);
  const server = await startServer({ env: { ALLOWED_ORIGINS: origin } });
  const page = await (await openBrowser(context)).newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(origin);
  return { page, server, origin, output: () => said.join('\n') };
}

const readLines = (path: string) => readFileSync(path, 'utf8').split('\n');

describe('the two guides', () => {
  it('show the same examples', () => {
    expect([...examplesOf('docs/guide.id.md')]).toEqual([...examplesOf('docs/guide.en.md')]);
  });

  it('have the same chapters and tables', () => {
    const shape = (path: string) => ({
      chapters: readLines(path).filter((line) => /^#{2,3} /.test(line)).length,
      rows: readLines(path).filter((line) => line.startsWith('|')).length,
    });
    expect(shape('docs/guide.id.md')).toEqual(shape('docs/guide.en.md'));
  });
});

describe('an example of the guide works as it stands there:', () => {
  it('curl logs in, buys a ticket and is told why it is refused', async () => {
    const server = await startServer();
    const run = (name: string, env = {}) =>
      spawnSync('sh', ['-c', exampleFor(server.port, name)], { encoding: 'utf8', env: { ...process.env, ...env } })
        .stdout;
    expect(JSON.parse(run('curl'))).toMatchObject({ success: true, data: { token_type: 'Bearer' } });
    const TOKEN = await tokenOf(server);
    expect(JSON.parse(run('curl-ticket', { TOKEN }))).toMatchObject({
      success: true,
      data: { ticket: expect.any(String) as string },
    });
    expect(run('curl-refused')).toMatch(
      /^HTTP\/1.1 401[^]*Link: <\/docs\/errors\/token_invalid>[^]*"code":"token_invalid"/,
    );
  });

  it('wscat', async () => {
    const server = await startServer();
    // It leaves when its input ends, which at a terminal is when somebody wants it to.
    const atTerminal = `sleep 6 | ${exampleFor(server.port, 'wscat')}`;
    const client = withToken(await tokenOf(server), 'sh', '-c', atTerminal);
    await expect.poll(() => client.output, within).toMatch(/"type":"connected"[^]*"type":"pong"/);
  });

  it('Node', async () => {
    const server = await startServer();
    const code = exampleFor(server.port, 'node');
    const client = withToken(await tokenOf(server), process.execPath, '--input-type=module', '-e', code);
    expect(await client.exited).toBe(0);
    expect(client.output).toMatch(/received connected[^]*received pong p1\nclosed 1000/);
  });

  it('Python', async (context) => {
    const python = need(context, 'Python with the websockets package', findPython());
    const server = await startServer();
    const client = withToken(await tokenOf(server), python, '-c', exampleFor(server.port, 'python'));
    expect(await client.exited).toBe(0);
    expect(client.output).toMatch(PING_AND_PONG);
  });

  it('Go, where it is at hand with its module', { timeout: 180_000 }, async (context) => {
    if (spawnSync('go', ['version']).status !== 0) context.skip('Go is missing');
    const server = await startServer();
    const folder = mkdtempSync(join(tmpdir(), 'hadir-go-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'main.go'), exampleFor(server.port, 'go'));
    const go = (...args: string[]) => spawnSync('go', args, { cwd: folder, encoding: 'utf8' });
    go('mod', 'init', 'example');
    if (go('get', 'github.com/coder/websocket').status !== 0) context.skip('the Go module cannot be fetched');
    expect(go('build', '-o', 'example').stderr).toBe('');
    const client = withToken(await tokenOf(server), join(folder, 'example'));
    expect(await client.exited).toBe(0);
    expect(client.output).toMatch(PING_AND_PONG);
  });

  it('JavaScript in a browser', async (context) => {
    const { page, server, output } = await openPage(context);
    await page.addScriptTag({ type: 'module', content: exampleFor(server.port, 'browser') });
    await expect.poll(output, within).toMatch(PING_AND_PONG);
    expect(output()).not.toContain('closed');
  });

  it('the client that comes back, when the server has been away', async (context) => {
    const { page, server, origin, output } = await openPage(context);
    await page.addScriptTag({ type: 'module', content: exampleFor(server.port, 'reconnect') });
    await expect.poll(output, within).toContain('received presence_snapshot');
    await server.stop();
    await expect.poll(output, within).toContain('closed 1006');
    await startServer({ env: { PORT: String(server.port), ALLOWED_ORIGINS: origin } });
    await expect.poll(output, { timeout: 40_000 }).toMatch(/closed 1006[^]*received connected/);
  });

  it('the SDK', async (context) => {
    const { page, server, output } = await openPage(context);
    await page.addScriptTag({ type: 'module', content: await bundle(exampleFor(server.port, 'sdk'), 'ts') });
    await expect.poll(output, within).toMatch(/state connected[^]*I am busy/);
  });

  it.for([
    ['react', 'tsx'],
    ['vue', 'ts'],
  ] as const)('the SDK in %s', async ([name, loader], context) => {
    const { page, server } = await openPage(context);
    await page.addScriptTag({ type: 'module', content: await bundle(exampleFor(server.port, name), loader) });
    await page.getByText('connected, online').waitFor(within);
    await page.getByRole('button', { name: 'Busy' }).click();
    await page.getByText('connected, busy').waitFor(within);
  });
});
