import { describe, expect } from 'vitest';
import { drill, type Findings, repeatedly } from '../support/drill.js';
import { Http, PASSWORD, type Reply } from '../support/http.js';
import { MariadbServer } from '../support/mariadb-server.js';
import { loopLag } from '../support/metrics.js';
import { mariadb, startNodes } from '../support/nodes.js';
import type { Person } from '../support/people.js';
import { Pulse } from '../support/pulse.js';
import { enter, roommates } from '../support/scene.js';
import type { Server } from '../support/server.js';
import type { TestSocket } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** Calls to a slow database: 200 a second, so that more wait at a time than there are connections and places in line. */
const CALLS = 1000;
const CALLS_PER_TURN = 2;
const TURN_MS = 10;

interface Scene {
  readonly node: Server;
  readonly ani: Person;
  readonly device: TestSocket;
  readonly watcher: TestSocket;
  readonly room: string;
}

/** Two people in a room, connected to one node with this database. */
async function scene(databaseUrl: string, loginsPerAccount = '5/60s'): Promise<Scene> {
  const env = { TYPING_THROTTLE: '0s', RATE_LIMIT_LOGIN_ACCOUNT: loginsPerAccount };
  const { nodes } = await startNodes(1, { databaseUrl, env });
  const node = nodes[0]!;
  const { room, people } = await roommates(node, 'ani', 'budi');
  const [ani, budi] = people;
  return { node, ani, device: await enter(node, ani), watcher: await enter(node, budi), room };
}

interface Answer {
  readonly reply: Reply;
  readonly ms: number;
}

async function timed(call: Promise<Reply>): Promise<Answer> {
  const began = performance.now();
  const reply = await call;
  return { reply, ms: performance.now() - began };
}

const login = ({ node, ani }: Scene) =>
  timed(new Http(node.url).post('auth/login', { body: { email: ani.email, password: PASSWORD } }));

const refresh = ({ node, ani }: Scene) =>
  timed(new Http(node.url).post('auth/refresh', { body: { refresh_token: ani.refreshToken } }));

/** Every one has to be 503, to say when to come back, and to be here in time. */
function expectUnavailable(findings: Findings, answers: readonly Answer[], boundMs: number): void {
  const wrong = answers.filter(({ reply: { status, headers } }) => status !== 503 || !headers.get('retry-after'));
  findings.atLeast('calls', answers.length, 1, 'calls');
  findings.exactly('answers other than 503 with Retry-After', wrong.length, 0, 'answers');
  findings.atMost('slowest answer', Math.round(Math.max(...answers.map(({ ms }) => ms))), boundMs, 'ms');
}

/** What is said on one socket must be heard on the other. */
async function expectSocketsLive({ device, watcher, room }: Scene): Promise<void> {
  const before = watcher.ofType('typing_start').length;
  await device.request('typing_start', { room_id: room });
  await watcher.until(() => watcher.ofType('typing_start')[before], 'what the other one types');
  await device.request('typing_stop', { room_id: room });
}

/** From now on: when login and refresh succeed again. */
async function expectRecovery(findings: Findings, scene: Scene): Promise<void> {
  findings.fault();
  const works = async () => [(await login(scene)).reply.status, (await refresh(scene)).reply.status];
  await expect.poll(works, { timeout: 10_000, interval: 50 }).toEqual([200, 200]);
  findings.within('login and refresh recovered', 5000);
  findings.exactly(
    'sockets that were lost',
    Number(Boolean(scene.device.closed ?? scene.watcher.closed)),
    0,
    'sockets',
  );
}

/** Calls login and refresh again and again while `rounds` last. */
async function callDuring(scene: Scene, rounds: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let round = 0; round < rounds; round += 1) {
    answers.push(...(await Promise.all([login(scene), refresh(scene)])));
    await expectSocketsLive(scene);
  }
  return answers;
}

/** Calls at a steady rate, waiting for no answer before the next call. */
async function callSteadily(scene: Scene): Promise<Answer[]> {
  const calls: Promise<Answer>[] = [];
  await new Promise<void>((resolve) => {
    const stop = repeatedly(TURN_MS, () => {
      for (let turn = 0; turn < CALLS_PER_TURN; turn += 1) calls.push(turn % 2 ? login(scene) : refresh(scene));
      if (calls.length >= CALLS) void stop().then(resolve);
    });
  });
  return Promise.all(calls);
}

describe('The database', () => {
  drill(
    {
      row: '38a',
      hypothesis: 'may die: sockets live on, login and refresh say 503 and never 401, and they are back by themselves',
      action: 'kill -9 of a MariaDB of its own, logins and refreshes all the while, a start three rounds later',
      timeoutMs: 120_000,
    },
    async (findings) => {
      const database = await MariadbServer.start();
      const live = await scene(database.url);
      const pulse = new Pulse(live.watcher);
      await database.kill();
      findings.fault();
      const answers = await callDuring(live, 20);
      findings.atMost('ping meanwhile, 99 % within', await pulse.p99(), 100, 'ms');
      expectUnavailable(findings, answers, 3000);
      await database.run();
      await expectRecovery(findings, live);
    },
  );

  drill(
    {
      row: '38b',
      hypothesis: 'may be slow: the queue for it is bounded, calls get 503 in time, and the event loop does not notice',
      action: `a proxy answers for the database five seconds late, each way; ${CALLS} logins and refreshes, 200 a second`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const proxy = await TcpProxy.before(await mariadb());
      const live = await scene(proxy.url, 'off');
      proxy.latency(5000);
      await loopLag(live.node);
      const answers = await callSteadily(live);
      findings.atMost('event loop late, 99 % of turns', await loopLag(live.node), 50, 'ms');
      await expectSocketsLive(live);
      expectUnavailable(findings, answers, 2000);
      proxy.latency(0);
      await expectRecovery(findings, live);
    },
  );

  drill(
    {
      row: '38c',
      hypothesis: 'may be read-only: what writes gets 503, what reads goes on, and so do sockets',
      action: 'SET GLOBAL read_only=1 on a MariaDB of its own, whose user has no privilege to write all the same',
      timeoutMs: 120_000,
    },
    async (findings) => {
      const database = await MariadbServer.start();
      const live = await scene(database.url);
      await database.command('SET GLOBAL read_only = 1');
      const answers = await callDuring(live, 5);
      expectUnavailable(findings, answers, 3000);
      const { status } = await live.ani.call('GET', 'users/me');
      findings.exactly('reading', status, 200, '(HTTP status)');
      await database.command('SET GLOBAL read_only = 0');
      await expectRecovery(findings, live);
    },
  );
});
