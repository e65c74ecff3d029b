import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApp } from '../support/app.js';
import { redisCluster } from '../support/redis-cluster.js';
import { findRedisServer, PROGRAMS } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { change, enter, roommates } from '../support/scene.js';
import { openSocket } from '../support/socket.js';

describe('Two nodes on a Redis Cluster', () => {
  it.for(PROGRAMS)(
    'do what they do on one server, by sharded pub/sub (%s)',
    { timeout: 60_000 },
    async (program, context) => {
      const { url, servers } = await redisCluster(need(context, program, findRedisServer([program])));
      const folder = mkdtempSync(join(tmpdir(), 'hadir-sharded-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const env = {
        DATABASE_URL: `sqlite:${join(folder, 'hadir.db')}`,
        REDIS_URL: url,
        MAX_CONNECTIONS_PER_USER: '3',
        RATE_LIMIT_STATUS: '2/60s',
        PRESENCE_GRACE: '300ms',
      };
      const [here, there] = [await startApp({ env }), await startApp({ env })];
      const { room, people } = await roommates(here, 'ani', 'budi');
      const [ani, budi] = people;
      const watcher = await enter(there, budi);
      const device = await enter(here, ani);
      expect((await change(watcher, ani.id, 1)).status).toBe('online');
      await device.request('typing_start', { room_id: room });
      await watcher.next('typing_start');
      for (const status of ['away', 'busy']) await device.request('user_status_change', { status });
      expect((await change(watcher, ani.id, 3)).status).toBe('busy');
      expect((await device.request('user_status_change', { status: 'away' })).type).toBe('error');
      const { ticket } = await ani.succeed<{ ticket: string }>('POST', 'auth/ws-ticket');
      const shown = Array.from({ length: 6 }, (_, turn) =>
        openSocket(`${[here, there][turn % 2]!.wsUrl}?ticket=${ticket}`),
      );
      const opened = (await Promise.allSettled(shown)).filter(({ status }) => status === 'fulfilled');
      expect(opened).toHaveLength(1);
      await ani.call('POST', 'auth/logout-all');
      expect((await device.ended()).code).toBe(4500);
      expect((await change(watcher, ani.id, 4)).status).toBe('offline');
      const channels = await Promise.all(servers.map((server) => server.command('PUBSUB', 'SHARDCHANNELS')));
      expect(channels.flat()).toContain('{hadir:bus}:signals');
    },
  );
});
