import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import type { Certificate } from './certificate.js';
import { freePort } from './free-port.js';
import { need } from './requirement.js';

/** How long a proxy may take to listen, in milliseconds. */
const PATIENCE_MS = 5000;

interface Command {
  readonly args: readonly string[];
  readonly env: Record<string, string>;
}

/** A proxy with our configuration for it, as it lies in deploy/. */
export interface FrontKind {
  readonly name: string;
  readonly program: string;
  /** What it logs when it has seen that no node is ready; undefined: it does not look. */
  readonly seesUnready?: string;
  /** @param folder for what it writes; gone after the test */
  readonly prepare: (settings: Record<string, string>, folder: string) => Command;
}

export const frontKinds: readonly FrontKind[] = [
  {
    name: 'HAProxy',
    program: 'haproxy',
    seesUnready: 'backend ready has no server available',
    prepare: prepareHaproxy,
  },
  { name: 'nginx', program: 'nginx', prepare: prepareNginx },
];

/** Around the template: what a Debian or a container's nginx.conf says, for this folder and without a service. */
const NGINX = (folder: string) => `
daemon off;
pid ${folder}/pid;
error_log /dev/stderr crit;
worker_processes 2;
events { worker_connections 1024; }
http {
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  include ${folder}/hadir*.conf;
}
`;

/** Certificate and key in one file, as HAProxy wants them. */
function prepareHaproxy(settings: Record<string, string>, folder: string): Command {
  const { HADIR_TLS_CERT: cert, HADIR_TLS_KEY: key, ...env } = settings;
  const args = ['-db', '-f', 'deploy/haproxy.cfg'];
  if (!cert || !key) return { args, env };
  const both = join(folder, 'hadir.pem');
  writeFileSync(both, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  return { args, env: { ...env, HADIR_TLS_CERT: both } };
}

/** Fills the templates in as the nginx image does. */
function prepareNginx(settings: Record<string, string>, folder: string): Command {
  for (const name of settings.HADIR_TLS_CERT ? ['nginx', 'nginx.tls'] : ['nginx']) {
    const template = readFileSync(`deploy/${name}.conf.template`, 'utf8');
    const filled = template.replaceAll(/\$\{(HADIR_\w+)\}/g, (_, variable: string) => settings[variable] ?? '');
    writeFileSync(join(folder, `${name.replace('nginx', 'hadir')}.conf`), filled);
  }
  writeFileSync(join(folder, 'nginx.conf'), NGINX(folder));
  return { args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', '/dev/stderr'], env: {} };
}

export interface Front {
  readonly url: string;
  readonly wsUrl: string;
  /** Where TLS is served; 0: nowhere. */
  readonly tlsPort: number;
  /** Everything it has logged so far. */
  readonly log: () => string;
}

/** Starts a proxy in front of the nodes on these ports. It is gone with the test. */
export async function startFront(
  kind: FrontKind,
  ports: readonly number[],
  context: TestContext,
  certificate?: Certificate,
): Promise<Front> {
  const program = need(context, kind.program, find(kind.program));
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'hadir-front-'));
  const nodes = ports.map((node, index) => [`HADIR_NODE_${index + 1}`, `127.0.0.1:${node}`] as const);
  const tlsPort = certificate ? await freePort() : 0;
  const tls = certificate && {
    HADIR_TLS_BIND: `127.0.0.1:${tlsPort}`,
    HADIR_TLS_CERT: certificate.certFile,
    HADIR_TLS_KEY: certificate.keyFile,
  };
  const settings = { HADIR_BIND: `127.0.0.1:${port}`, ...Object.fromEntries(nodes), ...tls };
  const { args, env } = kind.prepare(settings, folder);
  // A file, since nginx opens /dev/stdout anew, which a pipe of Node does not let it.
  const file = openSync(join(folder, 'log'), 'a+');
  const child = spawn(program, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', file, file] });
  closeSync(file);
  const log = () => readFileSync(join(folder, 'log'), 'utf8');
  const gone = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await untilItServes(url, log);
  return { url, wsUrl: `ws://127.0.0.1:${port}/ws`, tlsPort, log };
}

function find(program: string): string | undefined {
  return [program, `/usr/sbin/${program}`].find((path) => spawnSync(path, ['-v'], { stdio: 'ignore' }).status === 0);
}

async function untilItServes(url: string, log: () => string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    const answer = await fetch(`${url}/health/live`).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the proxy does not listen:\n${log()}`);
}
