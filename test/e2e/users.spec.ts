import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { ADMIN, ADMIN_ENV, Http, type LoginData } from '../support/http.js';

interface Shown {
  id: string;
  display_name: string;
  email?: string;
  role?: string;
  disabled?: boolean;
}
interface List {
  items: Shown[];
  next_cursor: string | null;
}

let app: TestApp;
let http: Http;
let admin: LoginData;
let ani: LoginData;
let budi: LoginData;
beforeAll(async () => {
  app = await startApp({ env: ADMIN_ENV });
  http = new Http(app.url);
  admin = await http.login(ADMIN.email, ADMIN.password);
  [ani, budi] = [await http.newcomer('Ani 100%_!'), await http.newcomer('Budi')];
});
afterAll(() => app.close());

const MISSING = '01890000-0000-7000-8000-000000000000';
const list = async (token: string, query = '', path = 'users') =>
  (await http.get<List>(`${path}${query}`, { token })).body.data;

describe('users/me', () => {
  it('is the user who asks', async () => {
    const { status, body } = await http.get('users/me', { token: ani.access_token });
    expect([status, body.data]).toEqual([200, ani.user]);
  });

  it('can be renamed, and nothing else', async () => {
    const { user, access_token: token } = await http.newcomer('Before');
    const renamed = await http.patch('users/me', { token, body: { display_name: 'After' } });
    expect(renamed.body.data).toEqual({ ...user, display_name: 'After' });
    for (const body of [{ role: 'admin' }, { display_name: 'x', email: 'y@example.com' }, { display_name: null }, {}]) {
      expect((await http.patch('users/me', { token, body })).body.error?.code).toBe('validation_failed');
    }
    expect((await http.get('users/me', { token })).body.data).toEqual({ ...user, display_name: 'After' });
  });
});

describe('users', () => {
  it('see of each other the name alone', async () => {
    const { body } = await http.get(`users/${budi.user.id}`, { token: ani.access_token });
    expect(body.data).toEqual({ id: budi.user.id, display_name: 'Budi' });
  });

  it('are seen whole by administrators', async () => {
    const { body } = await http.get(`users/${budi.user.id}`, { token: admin.access_token });
    const { id, email } = budi.user;
    expect(body.data).toEqual({ id, display_name: 'Budi', email, role: 'user', disabled: false });
  });

  it.each([MISSING, 'not-an-id', "x' OR '1'='1"])('that do not exist are user_not_found: %s', async (id) => {
    const { status, body } = await http.get(`users/${encodeURIComponent(id)}`, { token: ani.access_token });
    expect([status, body.error?.code]).toEqual([404, 'user_not_found']);
  });

  it('are found by a part of the name, whatever its case, and by nothing that only looks like one', async () => {
    const found = async (q: string) =>
      (await list(ani.access_token, `?q=${encodeURIComponent(q)}`)).items.map(({ id }) => id);
    expect(await found('BUD')).toEqual([budi.user.id]);
    expect(await found('100%_!')).toEqual([ani.user.id]);
    expect(await found('%%')).toEqual([]);
    expect(await found('n_1')).toEqual([]);
    expect(await found("'")).toEqual([]);
  });

  it('are found by e-mail by administrators only', async () => {
    const query = `?q=${encodeURIComponent(budi.user.email.slice(0, 20))}`;
    expect((await list(ani.access_token, query)).items).toEqual([]);
    expect((await list(admin.access_token, query)).items).toMatchObject([{ id: budi.user.id }]);
  });

  it('come in pages, each once', async () => {
    for (let count = 0; count < 5; count += 1) await http.register('Paged');
    const pages: Shown[][] = [];
    let cursor: string | null = '';
    while (cursor !== null && pages.length < 10) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: List = await list(ani.access_token, `?q=paged&limit=2${from}`);
      pages.push(page.items);
      cursor = page.next_cursor;
    }
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(5);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=1.5',
    'limit=',
    'cursor=!!',
    'cursor=',
    'q=a&q=b',
    'page=2',
    'limit[]=1',
  ])('refuse a query that is wrong: %s', async (query) => {
    const { status, body } = await http.get(`users?${query}`, { token: ani.access_token });
    expect([status, body.error?.code]).toEqual([400, 'validation_failed']);
  });
});

describe('administration', () => {
  const change = (id: string, body: unknown, token = admin.access_token) =>
    http.patch<Shown>(`admin/users/${id}`, { token, body });

  it('is for administrators only', async () => {
    for (const reply of [
      await http.get('admin/users', { token: ani.access_token }),
      await change(budi.user.id, { role: 'admin' }, ani.access_token),
    ]) {
      expect([reply.status, reply.body.error?.code]).toEqual([403, 'admin_only']);
    }
    expect((await http.get('admin/users')).status).toBe(401);
  });

  it('lists everybody with e-mail and role', async () => {
    const { items } = await list(admin.access_token, '?q=example.com', 'admin/users');
    expect(items).toContainEqual({
      id: budi.user.id,
      display_name: 'Budi',
      email: budi.user.email,
      role: 'user',
      disabled: false,
    });
  });

  it('makes an administrator at once, and takes it away at once', async () => {
    const { user, access_token: token } = await http.newcomer();
    expect((await change(user.id, { role: 'admin' })).body.data.role).toBe('admin');
    expect((await http.get('admin/users', { token })).status).toBe(200);
    expect((await change(user.id, { role: 'user' })).body.data.role).toBe('user');
    expect((await http.get('admin/users', { token })).status).toBe(403);
  });

  it('disables: the user is out everywhere, and back when enabled', async () => {
    const { user, access_token: token, refresh_token } = await http.newcomer();
    expect((await change(user.id, { disabled: true })).body.data.disabled).toBe(true);
    const me = await http.get('users/me', { token });
    expect([me.status, me.body.error?.code]).toEqual([403, 'account_disabled']);
    expect((await http.post('auth/refresh', { body: { refresh_token } })).status).toBe(401);
    const login = () => http.post('auth/login', { body: { email: user.email, password: 'ketuk pintu tiga kali' } });
    expect((await login()).body.error?.code).toBe('invalid_credentials');
    expect((await change(user.id, { disabled: false })).body.data.disabled).toBe(false);
    expect((await http.get('users/me', { token })).body.error?.code).toBe('session_revoked');
    expect((await login()).status).toBe(200);
  });

  it('never loses its last enabled administrator', async () => {
    for (const body of [{ role: 'user' }, { disabled: true }, { role: 'user', disabled: true }]) {
      const reply = await change(admin.user.id, body);
      expect([reply.status, reply.body.error?.code]).toEqual([409, 'last_admin']);
    }
    const second = await http.newcomer();
    await change(second.user.id, { role: 'admin' });
    const both = await Promise.all([
      change(admin.user.id, { role: 'user' }, second.access_token),
      change(second.user.id, { role: 'user' }, admin.access_token),
    ]);
    expect(both.filter(({ status }) => status === 200)).toHaveLength(1);
    const survivor = both[0]?.status === 200 ? second : admin;
    await change(admin.user.id, { role: 'admin' }, survivor.access_token);
    expect((await http.get('admin/users', { token: survivor.access_token })).status).toBe(200);
  });

  it.each([{ role: 'owner' }, { role: null }, { disabled: 'yes' }, { disabled: null }, { email: 'x@example.com' }])(
    'refuses %j',
    async (body) => expect((await change(budi.user.id, body)).body.error?.code).toBe('validation_failed'),
  );

  it('of nobody is user_not_found', async () => {
    expect((await change(MISSING, { role: 'admin' })).body.error?.code).toBe('user_not_found');
  });
});
