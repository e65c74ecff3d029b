import { describe, expect, it } from 'vitest';
import { problemCodes } from '../../src/protocol/index.js';
import { ApiContract, type Route } from '../support/api-contract.js';
import { ADMIN_ENV, adminOf, newPerson, type Person } from '../support/people.js';
import { type Server, startServer } from '../support/server.js';
import { connect } from '../support/socket.js';
import { Lane, type LaneAnswer } from './lane.js';

const METRICS_TOKEN = 'only the collector knows this one';
/** What stands in guarded answers only. */
const CANARY = 'Kenari';

const upTo = (path: string, count: number) => path.split('/').slice(0, count).join('/');
const last = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const parent = (path: string) => path.slice(0, path.lastIndexOf('/'));
const percent = (text: string) =>
  text
    .split('')
    .map((each) => `%${each.charCodeAt(0).toString(16)}`)
    .join('');

/** Other ways to write the path of a route, of which none may lead past its guard. */
const TRICKS: Record<string, (path: string) => string> = {
  'as it is': (path) => path,
  'a slash more in front': (path) => `/${path}`,
  'three slashes in front': (path) => `//${path}`,
  'all slashes twice': (path) => path.replaceAll('/', '//'),
  'a slash more before the last part': (path) => `${parent(path)}//${last(path)}`,
  'a slash at the end': (path) => `${path}/`,
  'slashes at the end': (path) => `${path}//`,
  'a dot segment': (path) => `${parent(path)}/./${last(path)}`,
  'a way in and back': (path) => `${parent(path)}/x/../${last(path)}`,
  'a way back, encoded': (path) => `${parent(path)}/x/%2e%2e/${last(path)}`,
  'a way back, half encoded': (path) => `${parent(path)}/x/.%2e/${last(path)}`,
  'from a public route': (path) => `/health/live/../..${path}`,
  'from a public route, encoded': (path) => `/health/live%2f..%2f..${path}`,
  'from the docs': (path) => `/docs/..;${path}`,
  'from a route of everybody': (path) => `/api/v1/users/me/../../../..${path}`,
  backslashes: (path) => path.replaceAll('/', '\\'),
  'a backslash at the end': (path) => `${path}\\`,
  'an encoded slash': (path) => `${parent(path)}%2f${last(path)}`,
  'an encoded slash at the end': (path) => `${path}%2f`,
  'encoded slashes everywhere': (path) => `/${path.slice(1).replaceAll('/', '%2F')}`,
  'a slash that is encoded twice': (path) => `${parent(path)}%252f${last(path)}`,
  'an encoded letter': (path) => `${parent(path)}/${percent(last(path)[0] ?? '')}${last(path).slice(1)}`,
  'all letters encoded': (path) => `/${path.slice(1).split('/').map(percent).join('/')}`,
  'letters that are encoded twice': (path) => `${parent(path)}/${percent(last(path)).replaceAll('%', '%25')}`,
  capitals: (path) => path.toUpperCase(),
  'a capital in the prefix': (path) => path.replace('/api', '/Api'),
  'a dot at the end': (path) => `${path}.`,
  'dots at the end': (path) => `${path}..`,
  'a file name': (path) => `${path}.json`,
  'a space at the end': (path) => `${path}%20`,
  'a NUL at the end': (path) => `${path}%00`,
  'a NUL and a file name': (path) => `${path}%00.html`,
  'a line end': (path) => `${path}%0d%0a`,
  'a parameter at the end': (path) => `${path};a=b`,
  'a parameter in the middle': (path) => `${upTo(path, 3)};a=b${path.slice(upTo(path, 3).length)}`,
  'an empty parameter': (path) => `${parent(path)};/${last(path)}`,
  'a question mark': (path) => `${path}?`,
  'an encoded question mark': (path) => `${path}%3f`,
  'a fragment': (path) => `${path}#x`,
  'a token in the query': (path) => `${path}?access_token=x&token=x`,
  'a method in the query': (path) => `${path}?_method=GET`,
  'a whole address': (path) => `http://127.0.0.1${path}`,
  'a whole address of another host': (path) => `http://evil.test${path}`,
  'an address without a scheme': (path) => `//evil.test${path}`,
  'an overlong encoding': (path) => `${parent(path)}%c0%af${last(path)}`,
  'wide letters': (path) =>
    `${parent(path)}/${encodeURIComponent(last(path).replace(/[a-z]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)))}`,
};

/** Headers by which some servers take a request for another one. */
const PRETENCES = (method: string, path: string): Record<string, string>[] => [
  { 'X-HTTP-Method-Override': method },
  { 'X-Method-Override': method, 'X-HTTP-Method': method },
  { 'X-Original-URL': path },
  { 'X-Rewrite-URL': path },
  { 'X-Forwarded-Prefix': path, 'X-Forwarded-Path': path },
  { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', Forwarded: 'for=127.0.0.1' },
  { Authorization: 'Basic YWRtaW46YWRtaW4=' },
  { Cookie: 'access_token=x; token=x; role=admin' },
  { 'X-User': 'admin', 'X-Remote-User': 'admin', 'X-Role': 'admin' },
];
const OTHER_METHODS = ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'LINK', 'SEARCH'];

interface Attempt {
  readonly method: string;
  readonly target: string;
  readonly headers?: Record<string, string>;
  readonly token?: string;
}

class Attacker {
  readonly statuses: Record<number, number> = {};
  private readonly lane: Lane;

  constructor(server: Server) {
    this.lane = new Lane(server.port);
  }

  async try({ method, target, headers = {}, token }: Attempt): Promise<LaneAnswer> {
    const all = { Host: '127.0.0.1', ...(token && { Authorization: `Bearer ${token}` }), ...headers };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    const bytes = [`${method} ${target} HTTP/1.1`, ...head, '', ''].join('\r\n');
    const answer = await this.lane.ask(Buffer.from(bytes, 'latin1'), { bodiless: method === 'HEAD' });
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    return answer;
  }
}

async function scene() {
  const server = await startServer({ env: { ...ADMIN_ENV, METRICS_TOKEN, SEED_DEMO: 'false', LOG_LEVEL: 'error' } });
  const ann = await newPerson(server, `${CANARY} Ann`);
  const admin = await adminOf(server);
  const room = await ann.succeed<{ id: string }>('POST', 'rooms', { name: `${CANARY} room` });
  const origin = await admin.succeed<{ id: string }>('POST', 'admin/origins', {
    origin: `https://${CANARY.toLowerCase()}.test`,
  });
  const socket = await connect(server.wsUrl, ann.token);
  const { connection_id } = (await socket.next('connected')).data as { connection_id: string };
  const ids: Record<string, string> = {
    rooms: room.id,
    origins: origin.id,
    connections: connection_id,
    sessions: ann.sessionId,
  };
  const contract = await ApiContract.of(server.url);
  const guarded = contract.routes.filter(({ operation }) => operation.security.length > 0);
  const pathOf = ({ path }: Route) =>
    path.replace(/(\w+)\/\{id\}/, (_, kind: string) => `${kind}/${ids[kind] ?? ann.id}`).replace('{user_id}', ann.id);
  return { server, ann, admin, socket, guarded, pathOf, attacker: new Attacker(server) };
}

/** A refusal: the envelope, a code of ours, nothing that is guarded. */
function expectRefusal({ status, text }: LaneAnswer, what: string, { bodiless = false } = {}): void {
  expect(status, `${what}: ${text}`).toBeGreaterThanOrEqual(400);
  expect(status, `${what}: ${text}`).toBeLessThan(500);
  expect(text.toLowerCase(), what).not.toContain(CANARY.toLowerCase());
  if (bodiless) return;
  const { success, error } = JSON.parse(text) as { success: boolean; error: { code: (typeof problemCodes)[number] } };
  expect([success, problemCodes.includes(error.code)], what).toEqual([false, true]);
}

/** Everything that the attacks could have changed. */
async function state(ann: Person, admin: Person): Promise<unknown> {
  const call = (who: Person, path: string) => who.succeed<{ items?: object[] }>('GET', path);
  const seen = await Promise.all([
    ...['rooms', 'users/me', 'presence/me', 'auth/sessions'].map((path) => call(ann, path)),
    ...['admin/users', 'admin/origins', 'admin/connections'].map((path) => call(admin, path)),
  ]);
  return JSON.parse(JSON.stringify(seen, (key, value: unknown) => (key === 'last_used_at' ? null : value)));
}

describe('No way of writing a path', () => {
  it('leads past the guard of any route: nobody gets in without a token', async () => {
    const { ann, admin, guarded, pathOf, attacker } = await scene();
    const before = await state(ann, admin);
    for (const route of guarded) {
      for (const [trick, write] of Object.entries(TRICKS)) {
        const target = write(pathOf(route));
        expectRefusal(await attacker.try({ method: route.method, target }), `${trick}: ${route.method} ${target}`);
      }
    }
    expect(await state(ann, admin)).toEqual(before);
    expect(Object.keys(attacker.statuses)).toEqual(expect.arrayContaining(['400', '401', '404']));
  });

  it('leads a user to what is for administrators', async () => {
    const { ann, admin, guarded, pathOf, attacker } = await scene();
    const before = await state(ann, admin);
    const closed = guarded.filter(({ path }) => path.includes('/admin/'));
    expect(closed.length).toBeGreaterThanOrEqual(7);
    for (const route of closed) {
      for (const [trick, write] of Object.entries(TRICKS)) {
        const target = write(pathOf(route));
        const answer = await attacker.try({ method: route.method, target, token: ann.token });
        expectRefusal(answer, `${trick}: ${route.method} ${target}`);
      }
      const straight = await attacker.try({ method: route.method, target: pathOf(route), token: ann.token });
      expect(straight.text).toContain('admin_only');
    }
    expect(await state(ann, admin)).toEqual(before);
  });

  it('leads past the token of /metrics', async () => {
    const { attacker } = await scene();
    for (const [trick, write] of Object.entries(TRICKS)) {
      expectRefusal(await attacker.try({ method: 'GET', target: write('/metrics') }), trick);
    }
    const allowed = await attacker.try({ method: 'GET', target: '/metrics', token: METRICS_TOKEN });
    expect(allowed.text).toContain('hadir_connections');
  });
});

describe('No method and no header', () => {
  it('leads past the guard of any route', async () => {
    const { ann, admin, guarded, pathOf, attacker } = await scene();
    const before = await state(ann, admin);
    for (const route of guarded) {
      const target = pathOf(route);
      const tokens = route.path.includes('/admin/') ? [undefined, ann.token] : [undefined];
      for (const token of tokens) {
        for (const method of OTHER_METHODS) {
          const answer = await attacker.try({ method, target, ...(token && { token }) });
          expectRefusal(answer, `${method} ${target}`, { bodiless: method === 'HEAD' });
        }
        for (const headers of PRETENCES(route.method, target)) {
          const what = `${JSON.stringify(headers)} ${route.method} ${target}`;
          const given = token && !('Authorization' in headers) ? { token } : {};
          expectRefusal(await attacker.try({ method: route.method, target, headers, ...given }), what);
        }
      }
    }
    expect(await state(ann, admin)).toEqual(before);
  });

  it('makes a public route answer as a guarded one', async () => {
    const { ann, admin, guarded, pathOf, attacker } = await scene();
    const before = await state(ann, admin);
    for (const route of guarded) {
      for (const headers of PRETENCES(route.method, pathOf(route))) {
        const { status, text } = await attacker.try({ method: 'GET', target: '/health/live', headers });
        expect([status, text]).toEqual([200, '{"status":"live"}']);
      }
    }
    expect(await state(ann, admin)).toEqual(before);
  });

  it('but the right ones open what they should: these attempts could have succeeded', async () => {
    const { admin, ann, guarded, pathOf, attacker } = await scene();
    for (const route of guarded.filter(({ method, path }) => method === 'GET' && path !== '/api/v1/presence')) {
      const { token } = route.path.includes('/admin/') ? admin : ann;
      const answer = await attacker.try({ method: 'GET', target: pathOf(route), token });
      expect(answer.status, pathOf(route)).toBe(200);
    }
    const { text } = await attacker.try({ method: 'GET', target: '/api/v1/admin/users', token: admin.token });
    expect(text).toContain(CANARY);
  });
});
