import { describe } from 'vitest';
import { drill } from '../support/drill.js';
import { Http, PASSWORD, type Reply } from '../support/http.js';
import { startNodes } from '../support/nodes.js';
import { newPerson } from '../support/people.js';
import { Pulse } from '../support/pulse.js';
import { enter } from '../support/scene.js';
import type { Server } from '../support/server.js';

const ATTEMPTS = 100;
const FLOOD = 200;
/** Whoever stands behind the proxy of the tests. */
const ATTACKER = { 'x-forwarded-for': '203.0.113.7' };

interface Answer {
  readonly reply: Reply;
  readonly ms: number;
}

async function login({ url }: Server, email: string, password: string, headers = {}): Promise<Answer> {
  const began = performance.now();
  const reply = await new Http(url).post('auth/login', { body: { email, password }, headers });
  return { reply, ms: performance.now() - began };
}

const count = (answers: readonly Answer[], wanted: number) =>
  answers.filter(({ reply: { status } }) => status === wanted).length;

const slowest = (answers: readonly Answer[]) => Math.round(Math.max(...answers.map(({ ms }) => ms)));

/** Runs so many at once, on the nodes in turn. */
const atOnce = (nodes: readonly Server[], times: number, attempt: (node: Server, turn: number) => Promise<Answer>) =>
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
      const waits = answers.map(({ reply }) => reply.body.error?.retry_after_ms ?? 0);
      findings.atMost('the longest wait anybody is told', Math.max(...waits), 12_000, 'ms');
      await socket.settled();
      await ani.succeed('GET', 'users/me');
      await ani.succeed('POST', 'auth/refresh', { refresh_token: ani.refreshToken });
      const other = await newPerson(nodes[1]!, 'budi');
      findings.exactly(
        'login to another account',
        (await login(nodes[0]!, other.email, PASSWORD)).reply.status,
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
      findings.exactly('login from another address', elsewhere.reply.status, 200, '(HTTP status)');
    },
  );

  drill(
    {
      row: '20c',
      hypothesis: 'a flood of logins is hashed a few at a time; the rest are sent away, and sockets do not notice',
      action: `two nodes; ${FLOOD} logins with the right password at once, over both, while a socket on each is pinged`,
    },
    async (findings) => {
      const { nodes } = await startNodes(2);
      const ani = await newPerson(nodes[0]!, 'ani');
      const sockets = await Promise.all(nodes.map((node) => enter(node, ani)));
      const pulses = sockets.map((socket) => new Pulse(socket));
      const answers = await atOnce(nodes, FLOOD, (node) => login(node, ani.email, PASSWORD));
      const pings = await Promise.all(pulses.map((pulse) => pulse.p99()));
      const refused = answers.filter(({ reply: { status } }) => status === 503 || status === 429);
      findings.exactly('answered', count(answers, 200) + refused.length, FLOOD, 'logins');
      findings.atLeast('refused', refused.length, 1, 'logins');
      findings.atMost('refused within', slowest(refused), 1000, 'ms');
      findings.atMost('ping, 99 % within', Math.max(...pings), 100, 'ms');
      findings.exactly(
        'login afterwards',
        (await login(nodes[0]!, ani.email, PASSWORD)).reply.status,
        200,
        '(HTTP status)',
      );
    },
  );
});
