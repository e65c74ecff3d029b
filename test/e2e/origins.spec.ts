import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { startApp } from '../support/app.js';
import { ADMIN_ENV, adminOf, newPerson, type Person } from '../support/people.js';
import { connect, refusalOf } from '../support/socket.js';
import { TestClock } from '../support/test-clock.js';

interface OriginData {
  id: string | null;
  origin: string;
  source: string;
  created_at: string | null;
}

const FIXED = ['https://one.test', 'https://two.test:8443'];
const ENV = { ...ADMIN_ENV, ALLOWED_ORIGINS: FIXED.join(',') };
const NEW = 'https://new.test';

async function oneNode() {
  const app = await startApp({ env: ENV });
  return { app, admin: await adminOf(app) };
}

const list = async (admin: Person) => (await admin.succeed<{ items: OriginData[] }>('GET', 'admin/origins')).items;

/** What a page of this origin would be let read: the answer's own statement. */
async function readableBy(url: string, origin: string): Promise<string | null> {
  return (await fetch(`${url}/health/live`, { headers: { origin } })).headers.get('access-control-allow-origin');
}

function preflight(url: string, origin: string, path = '/api/v1/auth/login'): Promise<Response> {
  const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  return fetch(url + path, { method: 'OPTIONS', headers });
}

describe('the whitelist of origins', () => {
  it('lists those of the environment, then the stored ones, page by page', async () => {
    const { admin } = await oneNode();
    const added = await admin.succeed<OriginData>('POST', 'admin/origins', { origin: NEW });
    expect(added).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      origin: NEW,
      source: 'stored',
      created_at: expect.stringMatching(/\.\d{3}Z$/),
    });
    const fixed = FIXED.map((origin) => ({ id: null, origin, source: 'environment', created_at: null }));
    expect(await list(admin)).toEqual([...fixed, added]);
    type PageData = { items: OriginData[]; next_cursor: string };
    const first = await admin.succeed<PageData>('GET', 'admin/origins?limit=2');
    const second = await admin.succeed<PageData>('GET', `admin/origins?limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items]).toEqual([...fixed, added]);
    expect(second.next_cursor).toBeNull();
  });

  it('opens CORS and /ws to a new origin at once, and closes them when it is removed', async () => {
    const { app, admin } = await oneNode();
    const handshake = () => connect(app.wsUrl, admin.token, { origin: NEW });
    expect((await refusalOf(`${app.wsUrl}?token=${admin.token}`, { origin: NEW })).body.error.code).toBe(
      'origin_not_allowed',
    );
    expect(await readableBy(app.url, NEW)).toBeNull();
    const { id } = await admin.succeed<OriginData>('POST', 'admin/origins', { origin: NEW });
    await handshake();
    expect(await readableBy(app.url, NEW)).toBe(NEW);
    await admin.succeed('DELETE', `admin/origins/${id}`);
    expect((await refusalOf(`${app.wsUrl}?token=${admin.token}`, { origin: NEW })).status).toBe(403);
    expect(await readableBy(app.url, NEW)).toBeNull();
  });

  it('is the same on all nodes within a second, and after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hadir-origins-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { ...ENV, DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}` };
    const backend = new MemoryBackend();
    const [here, there] = [await startApp({ env, backend }), await startApp({ env, backend })];
    const admin = await adminOf(here);
    const { id } = await admin.succeed<OriginData>('POST', 'admin/origins', { origin: NEW });
    await expect.poll(() => readableBy(there.url, NEW), { timeout: 1000 }).toBe(NEW);
    const later = await startApp({ env });
    expect(await readableBy(later.url, NEW)).toBe(NEW);
    await admin.succeed('DELETE', `admin/origins/${id}`);
    await expect.poll(() => readableBy(there.url, NEW), { timeout: 1000 }).toBeNull();
  });

  it('is read again now and then, should a node have missed that it changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hadir-origins-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { ...ENV, DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}` };
    const clock = new TestClock();
    const [here, deaf] = [await startApp({ env }), await startApp({ env, clock })];
    await (await adminOf(here)).succeed('POST', 'admin/origins', { origin: NEW });
    expect(await readableBy(deaf.url, NEW)).toBeNull();
    await clock.advance(30_000);
    await expect.poll(() => readableBy(deaf.url, NEW)).toBe(NEW);
  });

  it.each([
    'https://new.test/',
    'https://new.test/path',
    'https://*.test',
    '*',
    'null',
    'new.test',
    'https://user@new.test',
    'https://new.test.',
    'HTTPS://NEW.TEST',
    'https://new.test:443',
    'ftp://new.test',
    `https://${'x'.repeat(300)}.test`,
    '',
    7,
    null,
  ])('refuses %j', async (origin) => {
    const { admin } = await oneNode();
    const reply = await admin.call('POST', 'admin/origins', { body: { origin } });
    expect([reply.status, reply.body.error?.code]).toEqual([400, 'validation_failed']);
    expect(reply.body.error?.details).toEqual([{ field: 'origin', message: expect.any(String) }]);
    expect(await list(admin)).toHaveLength(2);
  });

  it('holds every origin once, whoever adds it at the same moment', async () => {
    const { admin } = await oneNode();
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => admin.call('POST', 'admin/origins', { body: { origin: NEW } })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    const fixed = await admin.call('POST', 'admin/origins', { body: { origin: FIXED[0] } });
    expect([fixed.status, fixed.body.error?.code]).toEqual([409, 'origin_exists']);
    expect(await list(admin)).toHaveLength(3);
  });

  it.each([randomUUID(), 'not-an-id'])('removes nothing for the id %s', async (id) => {
    const { admin } = await oneNode();
    const reply = await admin.call('DELETE', `admin/origins/${id}`);
    expect([reply.status, reply.body.error?.code]).toEqual([404, 'origin_not_found']);
  });

  it.each([
    ['GET', 'admin/origins'],
    ['POST', 'admin/origins'],
    ['DELETE', `admin/origins/${randomUUID()}`],
  ])('%s %s is for administrators only', async (method, path) => {
    const { app } = await oneNode();
    const ann = await newPerson(app, 'Ann');
    const reply = await ann.call(method, path, method === 'POST' ? { body: { origin: NEW } } : {});
    expect([reply.status, reply.body.error?.code]).toEqual([403, 'admin_only']);
    expect((await fetch(`${app.url}/api/v1/${path}`, { method })).status).toBe(401);
  });
});

describe('CORS', () => {
  const FOREIGN = [
    'https://one.test:8443',
    'http://one.test',
    'https://one.test.evil.test',
    'https://evil-one.test',
    'https://user@one.test',
    'https://one.test.',
    'HTTPS://one.test',
    'null',
    '',
    `${FIXED[0]}, ${FIXED[1]}`,
  ];

  it('answers the preflight of an allowed page with what it may send and read, and never with credentials', async () => {
    const { app } = await oneNode();
    const response = await preflight(app.url, FIXED[0]!);
    expect(response.status).toBe(204);
    const { headers } = response;
    expect(headers.get('access-control-allow-origin')).toBe(FIXED[0]);
    expect(headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type, X-Request-Id');
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, PATCH, DELETE');
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.has('access-control-allow-credentials')).toBe(false);
  });

  it('exposes the headers a client needs, also on failures', async () => {
    const { app } = await oneNode();
    const response = await fetch(`${app.url}/api/v1/rooms`, { headers: { origin: FIXED[0]! } });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe(FIXED[0]);
    expect(response.headers.get('access-control-expose-headers')).toBe('X-Request-Id, Retry-After, Link');
  });

  it.each(FOREIGN)('lets no page of %j read anything', async (origin) => {
    const { app } = await oneNode();
    expect(await readableBy(app.url, origin)).toBeNull();
    const response = await preflight(app.url, origin);
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  it('lets any page read why it gets no ticket', async () => {
    const { app, admin } = await oneNode();
    const path = '/api/v1/auth/ws-ticket';
    expect((await preflight(app.url, 'https://evil.test', path)).status).toBe(204);
    const headers = { origin: 'https://evil.test' };
    const reply = await admin.call('POST', 'auth/ws-ticket', { headers });
    expect([reply.status, reply.body.error?.code]).toEqual([403, 'origin_not_allowed']);
    expect(reply.headers.get('access-control-allow-origin')).toBe('https://evil.test');
  });
});
