import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildClient } from '../../scripts/client-build.js';
import { newPerson } from '../support/people.js';
import { runProgram } from '../support/program.js';
import { startServer } from '../support/server.js';

const within = { timeout: 20_000 };
/** Node 20 has a WebSocket of its own too, behind a flag. */
const BUILT_IN = 'WebSocket' in globalThis ? [] : ['--experimental-websocket'];
const JWT_SECRET = 'the same secret before and after it';

const program = (url: string, token: string, options = '') => `
  import { Hadir } from '@hadir/client';
  const hadir = new Hadir('${url}', { getToken: () => '${token}', random: () => 0, ${options} });
  hadir.on('state', ({ state, error }) => console.log(state, error?.closeCode ?? error?.code ?? ''));
  hadir.connect();
  hadir.request('ping', null).then(() => console.log('pong'));`;

/** Runs it with Node's own WebSocket. */
async function run(url: string, token: string, options?: string) {
  await buildClient();
  const flags = [...BUILT_IN, '--no-warnings', '--input-type=module'];
  return runProgram(process.execPath, ...flags, '-e', program(url, token, options));
}

describe("the client over Node's own WebSocket", () => {
  it('connects, asks, and comes back', async () => {
    const server = await startServer({ env: { JWT_SECRET } });
    const { token } = await newPerson(server, 'alice');
    const returning = await run(server.url, token);
    await expect.poll(() => returning.output, within).toMatch(/connected\s+pong/);
    server.kill('SIGKILL');
    await server.exited;
    const env = { JWT_SECRET, PORT: String(server.port), DATABASE_URL: `sqlite:${server.folder}/hadir.db` };
    await startServer({ env });
    await expect.poll(() => returning.output, { timeout: 40_000 }).toMatch(/connecting 1006[^]*connected/);
  });

  it.each(['off', 'ticket-only', 'on'])(
    'connects with no credential in the address, WS_QUERY_TOKEN=%s',
    async (mode) => {
      const server = await startServer({ env: { WS_QUERY_TOKEN: mode } });
      const { token } = await newPerson(server, 'alice');
      const connected = await run(server.url, token, "credential: 'subprotocol'");
      await expect.poll(() => connected.output, within).toMatch(/^connecting\s+connected\s+pong/);
    },
  );

  it('is told soon, and not after the time for a try, that its handshake was refused', async () => {
    const server = await startServer({ env: { WS_QUERY_TOKEN: 'off' } });
    const refused = await run(server.url, (await newPerson(server, 'alice')).token);
    await expect.poll(() => refused.output, { timeout: 6000 }).toMatch(/connecting\s+connecting 1006/);
  });
});

/** Somebody who has installed the package: what npm would publish lies in a node_modules of its own. */
async function consumer(files: Record<string, string>): Promise<string> {
  await buildClient();
  const root = mkdtempSync(join(tmpdir(), 'hadir-consumer-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const home = join(root, 'node_modules/@hadir/client');
  mkdirSync(home, { recursive: true });
  for (const part of ['package.json', 'dist']) cpSync(join('client', part), join(home, part), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

const usage = `
  const client = new Hadir('http://127.0.0.1:1', { getToken: () => null, WebSocket: Nothing });
  const code = new HadirError('timeout').code;
  process.stdout.write(\`\${client.state} \${code}\`);`;
const typed = `
  declare const Nothing: SocketClass;
  declare const process: { stdout: { write(text: string): void } };
  ${usage}
  client.on('room_added', ({ name }) => name.length);
  client.request('ping', null).then((nothing: null) => nothing);
  // @ts-expect-error: no such status
  client.presence.setStatus('asleep');
  // @ts-expect-error: no such event
  client.on('room_moved', () => undefined);`;

describe('the package', () => {
  it('can be imported and required', async () => {
    const root = await consumer({
      'a.mjs': `import { Hadir, HadirError } from '@hadir/client'; class Nothing {} ${usage}`,
      'b.cjs': `const { Hadir, HadirError } = require('@hadir/client'); class Nothing {} ${usage}`,
    });
    for (const file of ['a.mjs', 'b.cjs']) {
      const { stdout, stderr } = spawnSync(process.execPath, [join(root, file)], { encoding: 'utf8' });
      expect(stdout, stderr).toBe('disconnected timeout');
    }
  });

  it('has types for both, which need neither Node nor a browser', async () => {
    const imports = "import { Hadir, HadirError, type SocketClass } from '@hadir/client';";
    const root = await consumer({ 'a.mts': imports + typed, 'b.cts': imports + typed });
    const options = ['--module', 'nodenext', '--lib', 'ES2022', '--strict', '--noEmit'];
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, ...options, 'a.mts', 'b.cts'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
  });
});
