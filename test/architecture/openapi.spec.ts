import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { summaries } from '../../src/docs/summaries.js';
import { problems } from '../../src/protocol/index.js';
import { ApiContract, type Route } from '../support/api-contract.js';
import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/http.js';
import { ADMIN_ENV, adminOf, newPerson, type Person } from '../support/people.js';
import { connect } from '../support/socket.js';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
}

/** What Express will really route, in the spelling of OpenAPI. */
function realRoutes({ app }: TestApp): string[] {
  const { stack } = (app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
  const ours = stack.flatMap(({ route }) => (route ? [{ path: route.path, methods: Object.keys(route.methods) }] : []));
  const routes = ours
    .filter(({ methods }) => methods.length === 1)
    .map(({ path, methods }) => `${methods[0]?.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
  return routes.filter((route) => !/ \/(docs|console)(\/|-|$)/.test(route)).sort();
}

async function setting() {
  const app = await startApp({ env: ADMIN_ENV });
  const contract = await ApiContract.of(app.url);
  const call = async (
    { method, path }: Pick<Route, 'method' | 'path'>,
    { token, body, ids = {}, query = '' }: CallOptions = {},
  ) => {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? randomUUID());
    const headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(app.url + filled + query, {
      method,
      headers,
      ...(body !== undefined && { body: text }),
    });
    return contract.check({ method, path }, response);
  };
  return { app, contract, call };
}

interface CallOptions {
  token?: string;
  body?: unknown;
  ids?: Record<string, string>;
  query?: string;
}

const hasBody = ({ method }: Route) => ['POST', 'PUT', 'PATCH'].includes(method);

describe('the OpenAPI document', () => {
  it('lists exactly the routes there are, each with words about it', async () => {
    const { app, contract } = await setting();
    const documented = contract.routes.map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual(realRoutes(app));
    expect(Object.keys(summaries).sort()).toEqual(documented);
  });

  it('asks for a token exactly where a call without one is refused', async () => {
    const { contract, app } = await setting();
    for (const { method, path, operation } of contract.routes) {
      const response = await fetch(app.url + path.replace(/\{\w+\}/g, randomUUID()), { method });
      expect(response.status === 401 && response.headers.has('www-authenticate'), `${method} ${path}`).toBe(
        operation.security.length > 0,
      );
    }
  });

  it('declares with each refusal its codes, and Retry-After where one must wait', async () => {
    const { contract } = await setting();
    for (const { path, operation } of contract.routes) {
      for (const [status, { content, headers }] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        const { examples } = content['application/json'] as { examples: Record<string, object> };
        for (const code of Object.keys(examples))
          expect(problems[code as keyof typeof problems].status, path).toBe(Number(status));
        if (['429', '503'].includes(status)) expect(Object.keys(headers), path).toContain('Retry-After');
      }
    }
  });

  it('declares every refusal that mistakes lead to', async () => {
    const { app, contract, call } = await setting();
    const { token } = await newPerson(app, 'Ann');
    for (const route of contract.routes) {
      if (route.operation.security.length > 0) await call(route);
      for (const id of route.path.includes('{') ? ['not-an-id', '%zz', '%c0%af'] : []) {
        await call(route, { token, ids: { id, user_id: id }, ...(hasBody(route) && { body: {} }) });
      }
      await call(route, { token, query: '?no_such_field=1', ...(hasBody(route) && { body: {} }) });
      if (!hasBody(route)) continue;
      for (const body of ['{', '[]', { no_such_field: 1 }, 'x'.repeat(70_000)]) await call(route, { token, body });
    }
  });

  it('describes every success as it really is', async () => {
    const { app, contract, call } = await setting();
    await succeedEverywhere(app, call);
    const successes = contract.routes.map(({ method, path, operation }) => {
      const [status] = Object.keys(operation.responses).filter((each) => Number(each) < 300);
      return `${method} ${path} ${status}`;
    });
    expect(successes.filter((success) => !contract.seen.has(success))).toEqual([]);
  });
});

type Call = Awaited<ReturnType<typeof setting>>['call'];

/** Calls everything there is, so that it works. */
async function succeedEverywhere(app: TestApp, call: Call): Promise<void> {
  const [ann, ben, admin] = [await newPerson(app, 'Ann'), await newPerson(app, 'Ben'), await adminOf(app)];
  const api = <Data = { id: string }>(method: string, path: string, person?: Person, options: CallOptions = {}) =>
    call({ method, path: `/api/v1/${path}` }, { ...(person && { token: person.token }), ...options }) as Promise<{
      data: Data;
    }>;
  await connect(app.wsUrl, ann.token);
  for (const path of ['/health/live', '/health/ready', '/metrics']) await call({ method: 'GET', path });
  for (const path of ['users', 'users/me', 'presence/me', 'rooms', 'auth/sessions']) await api('GET', path, ann);
  await api('PATCH', 'users/me', ann, { body: { display_name: 'Anna' } });
  await api('GET', 'users/{id}', ann, { ids: { id: ben.id } });
  await api('GET', 'users/{id}', admin, { ids: { id: ben.id } });
  await api('GET', 'presence', ann, { query: `?user_ids=${ann.id},${ben.id}` });
  await api('PUT', 'presence/me', ann, {
    body: { status: 'busy', expires_at: new Date(Date.now() + 60_000).toISOString() },
  });
  await api('POST', 'auth/ws-ticket', ann);
  await rooms(api, ann, ben);
  await administration(api, admin, ben);
  await accounts(api, ann);
}

type Api = <Data = { id: string }>(
  method: string,
  path: string,
  person?: Person,
  options?: CallOptions,
) => Promise<{ data: Data }>;

async function rooms(api: Api, ann: Person, ben: Person): Promise<void> {
  const { id } = (await api('POST', 'rooms', ann, { body: { name: 'Kitchen' } })).data;
  const ids = { id, user_id: ben.id };
  await api('PUT', 'rooms/{id}/members/{user_id}', ann, { ids });
  await api('GET', 'rooms', ann, { query: '?limit=1' });
  await api('GET', 'rooms/{id}', ben, { ids });
  await api('GET', 'rooms/{id}/members', ben, { ids, query: '?limit=1' });
  await api('PATCH', 'rooms/{id}', ann, { ids, body: { name: 'Terrace' } });
  await api('DELETE', 'rooms/{id}/members/{user_id}', ann, { ids });
  await api('DELETE', 'rooms/{id}', ann, { ids });
}

async function administration(api: Api, admin: Person, ben: Person): Promise<void> {
  const { id } = (await api('POST', 'admin/origins', admin, { body: { origin: 'https://new.test' } })).data;
  await api('GET', 'admin/origins', admin);
  await api('DELETE', 'admin/origins/{id}', admin, { ids: { id } });
  await api('GET', 'admin/users', admin, { query: '?q=ben' });
  await api('PATCH', 'admin/users/{id}', admin, { ids: { id: ben.id }, body: { disabled: true } });
  const { items } = (await api<{ items: { id: string }[] }>('GET', 'admin/connections', admin)).data;
  await api('DELETE', 'admin/connections/{id}', admin, { ids: { id: items[0]!.id } });
}

async function accounts(api: Api, ann: Person): Promise<void> {
  type Login = { access_token: string; refresh_token: string; session_id: string };
  const fresh = { email: `${randomUUID()}@example.com`, password: PASSWORD };
  await api('POST', 'auth/register', undefined, { body: { ...fresh, display_name: 'Fresh' } });
  const { data } = await api<Login>('POST', 'auth/login', undefined, { body: { ...fresh, device_name: 'laptop' } });
  await api('POST', 'auth/refresh', undefined, { body: { refresh_token: data.refresh_token } });
  await api('DELETE', 'auth/sessions/{id}', undefined, { token: data.access_token, ids: { id: data.session_id } });
  const again = (await api<Login>('POST', 'auth/login', undefined, { body: fresh })).data.access_token;
  await api('POST', 'auth/logout', undefined, { token: again });
  await api('POST', 'auth/change-password', ann, {
    body: { current_password: PASSWORD, new_password: 'empat lima enam tujuh' },
  });
  await api('POST', 'auth/logout-all', ann);
}
