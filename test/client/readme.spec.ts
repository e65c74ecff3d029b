import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { buildClient, clientSize } from '../../scripts/client-build.js';
import { openBrowser } from '../support/browser.js';
import { bundle } from '../support/bundle.js';
import { clientOf } from '../support/hadir-client.js';
import { runProgram } from '../support/program.js';
import { roommates } from '../support/scene.js';
import { startServer } from '../support/server.js';
import { serveFolder } from '../support/static-site.js';

const within = { timeout: 20_000 };
const readme = readFileSync('client/README.md', 'utf8');
const examples = [...readme.matchAll(/^## (.+)$|^```(\w+)\n([^]*?)^```/gm)];

/** The only example under a heading. */
function example(heading: string): string {
  const at = examples.findIndex(([, title]) => title === heading);
  const code = examples[at + 1]?.[3];
  if (at === -1 || code === undefined) throw new Error(`client/README.md has no example under ${heading}`);
  return code;
}

/** A page with a form, the server that allows it, and two people of one room. */
async function openPage(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const html = '<!doctype html><title>README</title><form id="form"><input id="input"></form><div id="app"></div>';
  writeFileSync(join(folder, 'index.html'), html);
  const origin = await serveFolder(folder);
  const server = await startServer({ env: { ALLOWED_ORIGINS: origin, PRESENCE_GRACE: '0s' } });
  const { room, people } = await roommates(server, 'alice', 'bob');
  mkdirSync(join(folder, 'my'));
  writeFileSync(join(folder, 'my/token'), people[0].token);
  const page = await (await openBrowser(context)).newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(origin);
  return { page, server, room, alice: people[0], bob: people[1], output: () => said.join('\n') };
}

describe('an example of client/README.md works as it stands there:', () => {
  it('there are no others than these', () => {
    const headings = examples.flatMap(([, , language], index) => (language ? [examples[index - 1]?.[1]] : []));
    expect(headings).toEqual([undefined, 'In a page', 'In Node', 'In React']);
  });

  it('the build', () => {
    const { status, stdout } = spawnSync('sh', ['-c', examples[0]?.[3] ?? ''], { encoding: 'utf8' });
    expect(stdout).toMatch(/client\/dist: \d+ bytes/);
    expect(status).toBe(0);
  });

  it('in a page', async (context) => {
    const { page, server, room, alice, bob, output } = await openPage(context);
    const code = example('In a page').replace('https://chat.example.com', server.url);
    const content = await bundle(`const roomId = '${room}';\n${code}`, 'ts');
    const { client } = clientOf(server, bob);
    await client.ready();
    await page.addScriptTag({ type: 'module', content });
    await expect.poll(() => client.presence.get(alice.id).status, within).toBe('busy');
    await page.locator('#input').pressSequentially('halo');
    await expect.poll(() => client.typing.in(room), within).toEqual([alice.id]);
    await page.evaluate("form.dispatchEvent(new Event('submit'))");
    await expect.poll(() => client.typing.in(room), within).toEqual([]);
    client.typing.input(room);
    await bob.succeed('POST', 'rooms', { name: 'teras', member_ids: [alice.id] });
    client.disconnect();
    for (const line of [
      'connected undefined undefined',
      `${bob.id} online`,
      `1 type in ${room}`,
      `0 type in ${room}`,
      'You are now in teras',
      `${bob.id} offline`,
    ]) {
      await expect.poll(output, within).toContain(line);
    }
  });

  it('in Node', async () => {
    await buildClient();
    const server = await startServer();
    const { people } = await roommates(server, 'alice');
    const code = example('In Node').replace('http://127.0.0.1:8080', server.url);
    const login = `const login = () => Promise.resolve('${people[0].token}');`;
    const program = runProgram(process.execPath, '--input-type=module', '-e', `${login}\n${code}`);
    expect(await program.exited, program.output).toBe(0);
    expect(program.output).toBe('');
  });

  it('in React', async (context) => {
    const { page, server, alice, bob } = await openPage(context);
    const app = `
      import { createRoot } from 'react-dom/client';
      import { Hadir as Client } from '@hadir/client';
      const hadir = new Client('${server.url}', { getToken: () => '${alice.token}' });
      hadir.connect();
      const Bob = () => <p>bob is {useStatus(hadir, '${bob.id}')}</p>;
      createRoot(document.getElementById('app')!).render(<Bob />);`;
    await page.addScriptTag({ type: 'module', content: await bundle(example('In React') + app, 'tsx') });
    await page.getByText('bob is offline').waitFor(within);
    const { client } = clientOf(server, bob);
    await page.getByText('bob is online').waitFor(within);
    client.disconnect();
    await page.getByText('bob is offline').waitFor(within);
  });
});

describe('the examples of client/README.md', () => {
  it('have the right types, with the WebSocket of ws too', async () => {
    await buildClient();
    const root = mkdtempSync(join(tmpdir(), 'hadir-readme-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    const given = 'declare const input: HTMLInputElement, form: HTMLFormElement, roomId: string;';
    writeFileSync(join(root, 'page.mts'), `${example('In a page')}\n${given}`);
    writeFileSync(join(root, 'node.mts'), `${example('In Node')}\ndeclare const login: () => Promise<string>;`);
    const options = ['--module', 'nodenext', '--lib', 'ES2022,DOM', '--types', 'node', '--strict', '--noEmit'];
    const tsc = ['node_modules/typescript/bin/tsc', ...options, '--skipLibCheck', 'page.mts', 'node.mts'];
    const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: root, encoding: 'utf8' });
    expect(status, stdout).toBe(0);
  });
});

describe('client/README.md', () => {
  it('says how large the client is', async () => {
    const said = Number(/less than (\d+) kB/.exec(readme)?.[1]);
    expect(await clientSize()).toBeLessThan(said * 1000);
  });
});
