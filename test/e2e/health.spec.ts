import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { Readiness } from '../../src/common/readiness.js';
import { startApp, type TestApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { connect, refusalOf } from '../support/socket.js';

async function ask({ url }: TestApp, path: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(url + path);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const metrics = async ({ url }: TestApp) => (await fetch(`${url}/metrics`)).text();

describe('health', () => {
  it('is live and ready once the server listens', async () => {
    const app = await startApp();
    expect(await ask(app, '/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
    expect(await ask(app, '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('stays live and says that the database is away, and nothing of what went wrong', async () => {
    const app = await startApp();
    const dataSource = app.app.get(DataSource);
    await dataSource.destroy();
    const { status, headers, body } = await ask(app, '/health/ready');
    await dataSource.initialize();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    const details = [{ field: 'database', message: 'does not answer' }];
    expect(body).toMatchObject({ success: false, error: { code: 'unavailable', details } });
    expect(await ask(app, '/health/live')).toMatchObject({ status: 200 });
    expect(await ask(app, '/health/ready')).toMatchObject({ status: 200 });
  });

  it('gives a database that hangs one second, however many ask', async () => {
    const app = await startApp();
    const runner = app.app.get(DataSource).createQueryRunner();
    await runner.startTransaction();
    const start = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(app, '/health/ready')));
    expect(performance.now() - start).toBeLessThan(2500);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 503));
    expect(await ask(app, '/health/live')).toMatchObject({ status: 200 });
    await runner.rollbackTransaction();
    await runner.release();
    await expect.poll(async () => (await ask(app, '/health/ready')).status).toBe(200);
  });

  it('is not ready while the server drains', async () => {
    const app = await startApp();
    app.app.get(Readiness).setDraining();
    const details = [{ field: 'server', message: 'is shutting down' }];
    expect(await ask(app, '/health/ready')).toMatchObject({ status: 503, body: { error: { details } } });
    expect(await ask(app, '/health/live')).toMatchObject({ status: 200 });
  });

  it('is not limited like other calls', async () => {
    const app = await startApp({ env: { RATE_LIMIT_REST: '1/60s' } });
    for (let probe = 0; probe < 5; probe += 1) expect((await ask(app, '/health/ready')).status).toBe(200);
  });
});

describe('metrics', () => {
  it('count what happens, by names that no client can make up', async () => {
    const app = await startApp();
    const ann = await newPerson(app, 'Ann');
    const socket = await connect(app.wsUrl, ann.token);
    await socket.request('ping');
    await socket.request('no_such_type<script>');
    await refusalOf(app.wsUrl);
    await fetch(`${app.url}/api/v1/rooms/no-such-id?secret=1`, { headers: { authorization: `Bearer ${ann.token}` } });
    await fetch(`${app.url}/nowhere/at/all`);
    const text = await metrics(app);
    for (const line of [
      'hadir_connections 1',
      'hadir_handshakes_total{result="accepted"} 1',
      'hadir_handshakes_total{result="token_missing"} 1',
      'hadir_messages_total{type="ping",result="ok"} 1',
      'hadir_messages_total{type="unknown",result="unknown_type"} 1',
      'hadir_message_handling_seconds_count{type="ping"} 1',
      'hadir_logins_total{result="ok"} 1',
      'hadir_http_request_seconds_count{method="POST",route="/api/v1/auth/login",status="200"} 1',
      'hadir_http_request_seconds_count{method="GET",route="/api/v1/rooms/:id",status="404"} 1',
      'hadir_http_request_seconds_count{method="GET",route="none",status="404"} 1',
      'hadir_send_queue_bytes 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^hadir_deliveries_total \d/m);
    for (const leak of ['no-such-id', 'secret', 'no_such_type', 'nowhere', ann.token, ann.id])
      expect(text).not.toContain(leak);
    await socket.close();
    await expect.poll(() => metrics(app)).toContain('hadir_connections 0');
    expect(await metrics(app)).toContain('hadir_connections_closed_total{cause="left"} 1');
  });

  it('are plain text for Prometheus', async () => {
    const { url } = await startApp();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});

it('a wrong method outside /api/v1 is refused as inside', async () => {
  const { url } = await startApp();
  const response = await fetch(`${url}/health/live`, { method: 'POST' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

describe('metrics are not for users: they', () => {
  it('ask for METRICS_TOKEN where it is set: their counts would tell who is invisible', async () => {
    const token = 'a token for the scraper';
    const { url } = await startApp({ env: { METRICS_TOKEN: token } });
    const status = async (authorization?: string) =>
      (await fetch(`${url}/metrics`, { headers: authorization === undefined ? {} : { authorization } })).status;
    expect(await status()).toBe(401);
    expect(await status('Bearer something else')).toBe(401);
    expect(await status(`Bearer ${token}`)).toBe(200);
  });

  it('answer this machine alone in production without a token, and nobody through a proxy', async () => {
    const { url } = await startApp({ env: { NODE_ENV: 'production' } });
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(404);
  });
});
