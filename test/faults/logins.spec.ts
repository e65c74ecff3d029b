import { describe } from 'vitest';
import { drill } from '../support/drill.js';
import { Http, PASSWORD, type Reply } from '../support/http.js';
import { startNodes } from '../support/nodes.js';
import { newPerson } from '../support/people.js';
import { Pulse } from '../support/pulse.js';
import { RawClient, type RawResponse } from '../support/raw.js';
import { enter } from '../support/scene.js';
import type { Server } from '../support/server.js';

const ATTEMPTS = 100;
const FLOOD = 200;
/** Whoever stands behind the proxy of the tests. */
const ATTACKER = { 'x-forwarded-for': '203.0.113.7' };

const login = ({ url }: Server, email: string, password: string, headers = {}) =>
  new Http(url).post('auth/login', { body: { email, password }, headers });

const count = (answers: readonly Reply[], wanted: number) => answers.filter(({ status }) => status === wanted).length;

/** All on connections that are open already: connecting would take the client longer than the server its work. */
function flood(callers: readonly RawClient[], email: string): Promise<RawResponse[]> {
  const body = JSON.stringify({ email, password: PASSWORD });
  const head = [
    'POST /api/v1/auth/login HTTP/1.1',
    'Host: localhost',
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  for (const caller of callers) caller.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return Promise.all(callers.map((caller) => caller.response()));
}

/** Runs so many at once, on the nodes in turn. */
const atOnce = (nodes: readonly Server[], times: number, attempt: (node: Server, turn: number) => Promise<Reply>) =>
  Promise.all(Array.from({ length: times }, (_, turn) => attempt(nodes[turn % nodes.length]!, turn)));

describe('Guessing passwords', () => {
  drill(
    {
      row: '20a',
      hypothesis: 'one account can be guessed at five times a minute over all nodes, and its owner does not notice',
      action: `two nodes, RATE_LIMIT_LOGIN_ACCOUNT=5/60s; ${ATTEMPTS} wrong passwords for one account at once, over both`,
    },
    async (findings) => {
      const { nodes } = await startNodes(2, { env: { RATE_LIMIT_LOGIN_ACCOUNT: '5/60s' } });
      const ani = await newPerson(nodes[0]!, 'ani');
      const socket = await enter(nodes[1]!, ani);
      const answers = await atOnce(nodes, ATTEMPTS, (node) => login(node, ani.email, 'wrong password'));
      findings.exactly('guesses that were compared', count(answers, 401), 5, 'guesses');
      findings.exactly('guesses that were refused', count(answers, 429), ATTEMPTS - 5, 'guesses');
      const waits = answers.map(({ body }) => body.error?.retry_after_ms ?? 0);
      findings.atMost('the longest wait anybody is told', Math.max(...waits), 12_000, 'ms');
      await socket.settled();
      await ani.succeed('GET', 'users/me');
      await ani.succeed('POST', 'auth/refresh', { refresh_token: ani.refreshToken });
      const other = await newPerson(nodes[1]!, 'budi');
      findings.exactly(
        'login to another account',
        (await login(nodes[0]!, other.email, PASSWORD)).status,
        200,
        '(HTTP status)',
      );
    },
  );

  drill(
    {
      row: '20b',
      hypothesis: 'one address may log in twenty times a minute over all nodes, whatever the account; others may go on',
      action: `two nodes, RATE_LIMIT_LOGIN_IP=20/60s; ${ATTEMPTS} logins of as many accounts at once from one address, over both`,
    },
    async (findings) => {
      const env = { RATE_LIMIT_LOGIN_IP: '20/60s', TRUSTED_PROXIES: '127.0.0.0/8' };
      const { nodes } = await startNodes(2, { env });
      const ani = await newPerson(nodes[0]!, 'ani');
      const answers = await atOnce(nodes, ATTEMPTS, (node, turn) =>
        login(node, `nobody${turn}@example.com`, 'wrong password', ATTACKER),
      );
      findings.exactly('logins that were compared', count(answers, 401), 20, 'logins');
      findings.exactly('logins that were refused', count(answers, 429), ATTEMPTS - 20, 'logins');
      const elsewhere = await login(nodes[1]!, ani.email, PASSWORD, { 'x-forwarded-for': '203.0.113.8' });
      findings.exactly('login from another address', elsewhere.status, 200, '(HTTP status)');
    },
  );

  drill(
    {
      row: '20c',
      hypothesis: 'a flood of logins is hashed a few at a time; the rest are sent away, and sockets do not notice',
      action: `${FLOOD} logins with the right password at once on a node, while a socket on it is pinged`,
    },
    async (findings) => {
      const { nodes } = await startNodes(1);
      const ani = await newPerson(nodes[0]!, 'ani');
      const callers = await Promise.all(Array.from({ length: FLOOD }, () => RawClient.connect(nodes[0]!.url)));
      const pulse = new Pulse(await enter(nodes[0]!, ani));
      const answers = await flood(callers, ani.email);
      const ping = await pulse.p99();
      const [good, refused] = [200, 503].map((wanted) => answers.filter(({ status }) => status === wanted));
      findings.exactly('answered', good!.length + refused!.length, FLOOD, 'logins');
      findings.atLeast('refused', refused!.length, 1, 'logins');
      const slowest = Math.max(...refused!.map(({ closedAfterMs }) => closedAfterMs));
      findings.atMost('refused within', Math.round(slowest), 1000, 'ms');
      findings.atMost('ping, 99 % within', ping, 100, 'ms');
      findings.exactly('login afterwards', (await login(nodes[0]!, ani.email, PASSWORD)).status, 200, '(HTTP status)');
    },
  );
});
