import { randomBytes } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { reason } from '../common/reason.js';
import { compareClocks } from './doctor-clock.js';
import { type Finding, fail, ok, warn } from './finding.js';

const CHECK = 'server';
const PATIENCE_MS = 5000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly date: string | undefined;
}

/** Looks at the server as a client does, through whatever stands before it. @param url without a path */
export async function checkRunning(url: string): Promise<Finding[]> {
  try {
    const live = await ask(url, '/health/live');
    if (live.status !== 200)
      return [fail(CHECK, `${url}/health/live answers ${live.status}`, 'Does the proxy pass every path on to Hadir?')];
    const clock = live.date ? [compareClocks(url, Date.parse(live.date), Date.now())] : [];
    return [ok(CHECK, `${url} is live`), await ready(url), await upgrade(url), await metrics(url), ...clock];
  } catch (error) {
    return [fail(CHECK, `${url}: ${reason(error)}`, 'Is it started, and is the address right?')];
  }
}

async function ready(url: string): Promise<Finding> {
  const { status, body } = await ask(url, '/health/ready');
  if (status === 200) return ok(CHECK, 'it is ready');
  return fail(CHECK, `it is not ready: ${status} ${body.slice(0, 300)}`, 'Mend what is named there.');
}

/** An upgrade without a token: what says that one is missing can only be Hadir. */
async function upgrade(url: string): Promise<Finding> {
  const key = randomBytes(16).toString('base64');
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
  };
  const { status, body } = await ask(url, '/ws', headers);
  if (status === 401 && body.includes('token_missing')) return ok(CHECK, 'upgrades to WebSocket reach it');
  if (status === 403)
    return warn(CHECK, 'ALLOW_EMPTY_ORIGIN is false: whether upgrades reach it was not seen', 'Try with a browser.');
  const todo = 'The proxy has to pass Upgrade and Connection on, with HTTP/1.1; docs/operations.md.';
  return fail(CHECK, `an upgrade to /ws is answered ${status} instead of 401 token_missing`, todo);
}

async function metrics(url: string): Promise<Finding> {
  const { status } = await ask(url, '/metrics');
  if (status !== 200) return ok(CHECK, `/metrics is not for everybody (${status})`);
  const todo =
    'Right for a development server. Elsewhere set METRICS_TOKEN and NODE_ENV=production: it tells how many are there.';
  return warn(CHECK, '/metrics answers without a token', todo);
}

function ask(url: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const request = url.startsWith('https:') ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { headers, agent: false, signal: AbortSignal.timeout(PATIENCE_MS) });
    sent.on('error', reject);
    sent.on('upgrade', (_response, socket) => {
      socket.destroy();
      resolve({ status: 101, body: '', date: undefined });
    });
    sent.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, date: response.headers.date }));
    });
    sent.end();
  });
}
