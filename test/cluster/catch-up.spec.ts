import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Origins } from '../../src/origins/origins.service.js';
import { Redis } from '../../src/redis/redis.js';
import { startApp } from '../support/app.js';
import { adminOf, ADMIN_ENV, newPerson } from '../support/people.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { changes, enter, roommates } from '../support/scene.js';
import { connect } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('A node that was deaf for a while', () => {
  it('closes what was revoked meanwhile, follows its users’ rooms, and tells the changes it missed', async (context) => {
    const redis = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
    const proxy = await TcpProxy.before(redis.url);
    const folder = mkdtempSync(join(tmpdir(), 'hadir-deaf-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}` };
    const here = await startApp({ env: { ...env, REDIS_URL: redis.url } });
    const deaf = await startApp({ env: { ...env, REDIS_URL: proxy.url } });
    const { room, people } = await roommates(here, 'ani', 'budi', 'dewi');
    const [ani, budi, dewi] = people;
    const citra = await newPerson(here, 'citra');
    const device = await enter(here, ani);
    await enter(here, dewi);
    const [atBudi, atCitra] = [await enter(deaf, budi), await connect(deaf.wsUrl, citra.token)];
    proxy.swallow();
    await ani.succeed('PUT', 'presence/me', { status: 'busy' });
    await citra.call('POST', 'auth/logout');
    const second = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'baru', member_ids: [budi.id] });
    const ended = () => atCitra.closed?.code;
    await expect.poll(ended, { timeout: 20_000 }).toBe(4500);
    await expect.poll(() => changes(atBudi, ani.id).at(-1)).toBe('busy');
    await device.request('typing_start', { room_id: second.id });
    await atBudi.next('typing_start');
    await device.request('typing_start', { room_id: room });
    await atBudi.settled();
    expect(changes(atBudi, ani.id).slice(-1)).toEqual(['busy']);
    expect(changes(atBudi, dewi.id)).not.toContain('offline');
  }, 40_000);

  it('reads the whitelist of origins again at once', async (context) => {
    const redis = await RedisServer.start(need(context, 'redis-server', findRedisServer()));
    const proxy = await TcpProxy.before(redis.url);
    const folder = mkdtempSync(join(tmpdir(), 'hadir-deaf-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const env = { ...ADMIN_ENV, DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}` };
    const here = await startApp({ env: { ...env, REDIS_URL: redis.url } });
    const admin = await adminOf(here);
    const deaf = await startApp({ env: { ...env, REDIS_URL: proxy.url } });
    const origins = deaf.app.get(Origins);
    proxy.down();
    await expect.poll(() => deaf.app.get(Redis).isDown).toBe(true);
    await admin.succeed('POST', 'admin/origins', { origin: 'https://new.test' });
    proxy.up();
    // By itself it reads them every 30 s.
    await expect.poll(() => origins.isAllowed('https://new.test'), { timeout: 10_000 }).toBe(true);
  }, 25_000);
});
