import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Http, type LoginData } from '../support/http.js';
import { address } from '../support/redis.js';
import { refusedStart, type Server, startServer } from '../support/server.js';
import { openSocket, type TestSocket } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Ear } from './canary-ear.js';
import { cage, type Cage, expectNone } from './canary-scene.js';
import { Lane } from './lane.js';

const FORMATS = ['json', 'pretty'];

/** Logins that succeed and fail, in all the places where somebody may put a password. */
async function passwords(ear: Ear, http: Http): Promise<LoginData> {
  const email = `${crypto.randomUUID()}@example.com`;
  const password = ear.canary('password');
  const wrong = () => ear.canary('wrong password');
  await ear.call('POST', 'auth/register', { email, password, display_name: 'Ann' });
  await ear.call('POST', 'auth/register', { email, password: wrong(), display_name: 'Ann' });
  await ear.call('POST', 'auth/login', { email, password: wrong() });
  await ear.call('POST', 'auth/login', { email: 'nobody@example.com', password: wrong() });
  for (const body of [
    { email, password: [wrong()] },
    { email, password: { is: wrong() } },
    { password: wrong() },
    { email: wrong(), password: 1 },
  ]) {
    await ear.call('POST', 'auth/login', body);
    await ear.call('POST', 'auth/register', { ...body, display_name: wrong().repeat(3) });
  }
  for (const broken of [
    `{"password":"${wrong()}`,
    `"${wrong()}"`,
    `[${JSON.stringify(wrong())}]`,
    `${wrong()}`,
    `{"a":${wrong()}}`,
  ]) {
    await ear.call('POST', 'auth/login', broken);
  }
  await ear.call('POST', 'auth/login', `password=${wrong()}`, undefined, {
    'content-type': 'application/x-www-form-urlencoded',
  });
  await ear.call('GET', `auth/login?password=${encodeURIComponent(wrong())}`);
  const first = await ear.login('auth/login', { email, password });
  const next = ear.canary('new password');
  const change = (current: string, chosen: string) =>
    ear.call('POST', 'auth/change-password', { current_password: current, new_password: chosen }, first.access_token);
  await change(wrong(), ear.canary('new password'));
  await change(password, 'short');
  await change(password, next);
  await http.post('auth/logout', { token: first.access_token });
  return ear.login('auth/login', { email, password: next });
}

/** Tokens that are good, spent, over and bad, in all the places where somebody may put them. */
async function tokens(ear: Ear, ann: LoginData): Promise<LoginData> {
  const next = await ear.login('auth/refresh', { refresh_token: ann.refresh_token });
  const bad = ear.keep('bad token', `kenari${randomBytes(32).toString('hex')}`);
  const token = next.access_token;
  await ear.call('POST', 'auth/refresh', { refresh_token: bad });
  await ear.call('POST', 'auth/refresh', { refresh_token: token });
  await ear.call('POST', 'auth/refresh', { refresh_token: [bad] });
  await ear.call('GET', 'users/me', undefined, bad);
  await ear.call('GET', 'users/me', undefined, ann.refresh_token);
  await ear.call('GET', `users/me?token=${token}&access_token=${token}&ticket=${bad}`, undefined, token);
  await ear.call('GET', `users?q=${bad}&cursor=${bad}&limit=${bad}`, undefined, token);
  for (const secret of [token, bad, ann.refresh_token, next.refresh_token, await ear.ticket(token)]) {
    await ear.call('GET', `users/${secret}`, undefined, token);
    await ear.call('DELETE', `admin/origins/${secret}`, undefined, token);
    await ear.call('POST', `auth/refresh/${'x/'.repeat(80)}${secret}`);
    await ear.refused(`${ear.server.wsUrl}/${secret}`);
  }
  await ear.call('GET', 'users/me', undefined, undefined, {
    authorization: `Basic ${Buffer.from(`ann:${bad}`).toString('base64')}`,
  });
  await ear.call('GET', 'users/me', undefined, undefined, {
    cookie: `token=${token}; session=${bad}`,
    'x-access-token': token,
  });
  await ear.call('POST', 'rooms', { name: 'Kitchen', [`token`]: bad }, token);
  await ear.call('GET', `nowhere?ticket=${await ear.ticket(token)}`);
  return next;
}

/** The doors of /ws, open and closed, and what is said behind them. */
async function sockets(ear: Ear, { access_token: token }: LoginData): Promise<void> {
  const { wsUrl } = ear.server;
  const bad = ear.keep('bad token', `kenari${crypto.randomUUID()}`);
  await ear.refused(`${wsUrl}?token=${bad}`);
  await ear.refused(`${wsUrl}?ticket=${bad}`);
  await ear.refused(`${wsUrl}?token=${token}&ticket=${bad}`);
  await ear.refused(`${wsUrl}/?token=${token}`);
  await ear.refused(`${wsUrl}?token=${token}`, { origin: 'https://evil.test' });
  await ear.refused(wsUrl, { headers: { authorization: `Bearer ${bad}` } });
  await ear.refused(wsUrl, { protocols: ['hadir.v1', `hadir.bearer.${bad}`] });
  const ticket = await ear.ticket(token);
  const open = [
    await openSocket(`${wsUrl}?ticket=${ticket}`),
    await openSocket(`${wsUrl}?token=${token}`),
    await openSocket(wsUrl, { headers: { authorization: `Bearer ${token}` } }),
    await openSocket(wsUrl, { protocols: ['hadir.v1', `hadir.bearer.${token}`] }),
  ];
  await ear.refused(`${wsUrl}?ticket=${ticket}`);
  const [talker] = open as [TestSocket];
  await talker.request('auth_refresh', { token });
  await talker.request('auth_refresh', { token: bad });
  await talker.request('auth_refresh', { token: { bad } });
  await talker.request('typing_start', { room_id: bad, token: bad });
  await talker.request('user_status_change', { status: bad });
  await talker.request(bad);
  for (let turn = 0; turn < 10; turn += 1) talker.send(`{"token":"${bad}"`);
  await ear.heard(talker);
  const [, second] = open as [TestSocket, TestSocket];
  second.raw.close(4000, bad);
  await ear.heard(second);
  await ear.call('POST', 'auth/logout-all', {}, token);
  for (const socket of open.slice(2)) await ear.heard(socket);
}

/** What goes wrong below: the servers that keep everything are away, and HTTP is broken. */
async function outages(ear: Ear, proxies: readonly TcpProxy[]): Promise<void> {
  const password = ear.canary('password of an outage');
  const bad = ear.keep('bad token', `kenari${crypto.randomUUID()}`);
  for (const proxy of proxies) proxy.down();
  await ear.call('POST', 'auth/login', { email: 'ann@example.com', password });
  await ear.call('POST', 'auth/register', { email: 'x@example.com', password, display_name: 'x' });
  await ear.call('POST', 'auth/refresh', { refresh_token: bad });
  await ear.call('GET', 'users/me', undefined, bad);
  await ear.refused(`${ear.server.wsUrl}?ticket=${bad}`);
  for (const proxy of proxies) proxy.up();
  const lane = new Lane(ear.server.port);
  for (const bytes of [
    `GET /x HTTP/9 ${bad}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nAuthorization : ${bad}\r\n\r\n`,
    `POST /?token=${bad} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bad}\r\n\r\n`,
  ]) {
    ear.answers.push((await lane.ask(bytes)).text);
  }
}

async function metricsOf({ url }: Server, token = ''): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
}

/** A server that says everything it can, with its database and its Redis behind proxies. */
async function startInside({ env }: Cage, format: string) {
  const proxies = [await TcpProxy.before(env.DATABASE_URL ?? ''), await TcpProxy.before(env.REDIS_URL ?? '')];
  const [DATABASE_URL = '', REDIS_URL = ''] = proxies.map(({ url }) => url);
  const server = await startServer({
    env: { ...env, DATABASE_URL, REDIS_URL, LOG_LEVEL: 'debug', LOG_FORMAT: format },
  });
  return { server, proxies };
}

describe.skipIf(!address || !process.env.TEST_MARIADB_URL)(
  'Secrets, over everything that clients and operators do',
  () => {
    it.each(FORMATS)('are found nowhere but where they belong (log: %s)', async (format) => {
      const own = await cage();
      const { server, proxies } = await startInside(own, format);
      const ear = new Ear(server, { ...own.secrets });
      const root = await ear.login('auth/login', { email: own.env.ADMIN_EMAIL, password: own.secrets.admin });
      const ann = await tokens(ear, await passwords(ear, new Http(server.url)));
      const waiting = await ear.ticket(ann.access_token);
      await ear.call('GET', 'admin/users', undefined, root.access_token);
      const socket = await openSocket(`${server.wsUrl}?token=${ann.access_token}`);
      const [keys, rows] = [await own.keys(), await own.rows()];
      await ear.call('GET', 'admin/connections', undefined, root.access_token);
      expect(keys.length + waiting.length).toBeGreaterThan(100);
      await sockets(ear, ann);
      await ear.heard(socket);
      await outages(ear, proxies);
      const metrics = await metricsOf(server, own.secrets.metrics);
      server.kill('SIGTERM');
      await server.exited;
      const { output } = server;
      expect(output).toMatch(/token_rotated/);
      expect(output).toMatch(/unavailable/);
      expect(metrics).toContain('hadir_connections');
      expect(rows).toContain(own.env.ADMIN_EMAIL);
      expect(ear.closes.map((close) => close.slice(0, 4)).sort()).toEqual(['4000', '4500', '4500', '4500', '4509']);
      const places = {
        output,
        metrics,
        keys,
        rows,
        answers: ear.answers.join('\n'),
        closes: ear.closes.join('\n').replace(/^4000 .*$/m, ''),
      };
      expect(Object.keys(ear.secrets).length).toBeGreaterThan(40);
      for (const [place, text] of Object.entries(places)) expectNone(ear.secrets, place, text);
      expect(output).not.toContain('$argon2');
    });

    it('are not said by a server that cannot start because of them', async () => {
      const own = await cage();
      const wrong = 'kenari-yang-salah-4711';
      const other = (url = '') => Object.assign(new URL(url), { password: wrong }).href;
      const bad: Record<string, string>[] = [
        { DATABASE_URL: other(own.env.DATABASE_URL) },
        { REDIS_URL: other(own.env.REDIS_URL) },
        { DATABASE_URL: `mysql//root:${wrong}@127.0.0.1/x` },
        { DATABASE_URL: `mariadb://root:${wrong}@127.0.0.1:1/x` },
        { REDIS_URL: `redis//:${wrong}@127.0.0.1` },
        { REDIS_URL: `redis://:${wrong}@127.0.0.1:1` },
        { JWT_SECRET: wrong, JWT_SECRET_PREVIOUS: `${wrong}2`, METRICS_TOKEN: `${wrong}\n` },
        { ADMIN_PASSWORD: `${wrong}${'x'.repeat(1024)}` },
        { ALLOWED_ORIGINS: `https://ann:${wrong}@example.com`, PORT: wrong, RATE_LIMIT_REST: wrong },
      ];
      const starts = bad.map(async (env) => {
        const { code, output } = await refusedStart({ ...own.env, ...env });
        expect(code, output).not.toBe(0);
        expectNone({ ...own.secrets, wrong }, `the end of a start with ${Object.keys(env).join()}`, output);
      });
      await Promise.all(starts);
    });
  },
);
