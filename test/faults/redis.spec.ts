import { describe, expect } from 'vitest';
import type { Member } from '../../bench/dialect.js';
import { crowd, enterAll } from '../support/crowd.js';
import { drill, lasting } from '../support/drill.js';
import { Http } from '../support/http.js';
import { ownRedis, startNodes } from '../support/nodes.js';
import { pairOn, readiness, untilHeard } from '../support/outage.js';
import { Pulse } from '../support/pulse.js';
import { change, changes } from '../support/scene.js';
import type { Server } from '../support/server.js';
import { connect, refusalOf, type TestSocket } from '../support/socket.js';

const CROWD = 200;
const ROOM = 50;
const LEAVERS = 10;
const DOWN_MS = 20_000;
const HANDSHAKES = 300;
const RESUBSCRIBED_MS = 5000;
const WHOLE_MS = 25_000;

/** Two nodes on a Redis of their own, with a crowd on both. */
async function scene(env: Record<string, string> = {}) {
  const redis = await ownRedis();
  const { env: known, people } = await crowd(CROWD, ROOM);
  const started = await startNodes(2, { redisUrl: redis.url, env: { ...known, ...env } });
  const nodes = [started.nodes[0]!, started.nodes[1]!] as const;
  const sockets = await enterAll(nodes, people);
  return { redis, nodes, people, sockets, pair: await pairOn(nodes) };
}

/** What one of each room is told over REST of everybody in it, in the order of the people. */
async function shown({ url }: Server, people: readonly Member[]): Promise<string[]> {
  const statuses: string[] = [];
  for (let from = 0; from < people.length; from += ROOM) {
    const ids = people.slice(from, from + ROOM).map(({ userId }) => userId);
    const call = { token: people[from]!.token };
    const { body } = await new Http(url).get<{ status: string }[]>(`presence?user_ids=${ids.join(',')}`, call);
    statuses.push(...(body.data ?? []).map(({ status }) => status));
  }
  return statuses;
}

/** How often sockets were told that somebody is offline. */
const offlines = (sockets: readonly TestSocket[]) =>
  sockets
    .flatMap((socket) => socket.ofType('user_status_change'))
    .filter(({ data }) => (data as { status: string }).status === 'offline').length;

async function untilReady(nodes: readonly Server[]): Promise<void> {
  for (const node of nodes) await expect.poll(() => readiness(node), { timeout: RESUBSCRIBED_MS }).toBe(200);
}

describe('Redis goes', () => {
  drill(
    {
      row: '36a',
      hypothesis:
        'without Redis each node serves its own, nobody goes offline, limits hold; with Redis again all is made good',
      action: `two nodes with ${CROWD} sockets; their redis-server killed for ${DOWN_MS / 1000} s while ${LEAVERS} people leave and ${HANDSHAKES + 20} handshakes come to one node; then started anew, empty`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { redis, nodes, people, sockets, pair } = await scene({ RATE_LIMIT_HANDSHAKE: `${HANDSHAKES}/24h` });
      await redis.kill();
      findings.fault();
      for (const node of nodes) await expect.poll(() => readiness(node)).toEqual(['redis']);
      findings.within('readiness says redis', 2000);
      const began = performance.now();
      await pair.device.request('typing_start', { room_id: pair.room });
      await pair.watchers[0].next('typing_start');
      findings.atMost('an event on the same node', Math.round(performance.now() - began), 100, 'ms');
      const refusals = await Promise.all(Array.from({ length: HANDSHAKES + 20 }, () => refusalOf(nodes[1].wsUrl)));
      const passed = refusals.filter(({ body }) => body.error.code !== 'rate_limited');
      findings.exactly(
        `handshakes of one address let past the limit of ${HANDSHAKES}`,
        passed.length - HANDSHAKES,
        0,
        'handshakes',
      );
      for (const socket of sockets.slice(-LEAVERS)) await socket.close();
      await lasting(DOWN_MS - findings.sinceFault);
      findings.exactly('announcements of somebody offline', offlines([...sockets, ...pair.watchers]), 0, 'events');

      await redis.run();
      findings.fault();
      await untilHeard(pair, RESUBSCRIBED_MS);
      findings.within('back: events of the other node are heard', RESUBSCRIBED_MS);
      const truth = people.map((_, index) => (index < CROWD - LEAVERS ? 'online' : 'offline'));
      for (const node of nodes) await expect.poll(() => shown(node, people), { timeout: WHOLE_MS }).toEqual(truth);
      findings.within('back: presence whole on both nodes', WHOLE_MS);
      const wrong = sockets.slice(0, CROWD - LEAVERS).filter(({ closed }) => closed);
      findings.exactly('sockets closed', wrong.length, 0, 'sockets');
    },
  );

  drill(
    {
      row: '36b',
      hypothesis: 'a Redis that stands still costs each call two seconds at most and a ping nothing',
      action:
        'two nodes; kill -STOP of their redis-server for 6 s under REST calls, handshakes, status changes and pings; then CONT',
    },
    async (findings) => {
      const { redis, nodes, pair } = await scene();
      const calm = new Pulse(pair.device);
      await lasting(2000);
      findings.atMost('ping before, 99 % within', await calm.p99(), 50, 'ms');
      redis.freeze();
      findings.fault();
      const pulse = new Pulse(pair.device);
      const slowest = await Promise.all([
        slowestOf(findings, async () => expect((await pair.ani.call('GET', 'presence/me')).status).toBe(503)),
        slowestOf(findings, async () => expect((await pair.ani.call('POST', 'auth/ws-ticket')).status).toBe(503)),
        slowestOf(findings, async () => {
          const answer = await pair.watchers[1].request('user_status_change', { status: 'away' });
          expect(answer).toMatchObject({ type: 'error', data: { code: 'unavailable' } });
        }),
        slowestOf(findings, async () => (await connect(nodes[1].wsUrl, pair.ani.token)).raw.terminate()),
      ]);
      for (const [index, what] of ['presence', 'ticket', 'status change', 'handshake'].entries()) {
        findings.atMost(`slowest ${what}`, slowest[index]!, 2000, 'ms');
      }
      findings.atMost('ping meanwhile, 99 % within', await pulse.p99(), 50, 'ms');
      redis.thaw();
      findings.fault();
      await untilReady(nodes);
      await untilHeard(pair, RESUBSCRIBED_MS);
      findings.within('goes on: events of the other node are heard', RESUBSCRIBED_MS);
    },
  );

  drill(
    {
      row: '36c',
      hypothesis: 'presence is rebuilt by those who know it, and nobody hears of it',
      action: `FLUSHALL under two nodes with ${CROWD} sockets, one of whom is busy`,
    },
    async (findings) => {
      const { redis, nodes, people, sockets, pair } = await scene();
      await pair.ani.succeed('PUT', 'presence/me', { status: 'busy' });
      for (const watcher of pair.watchers) await change(watcher, pair.ani.id, 2);
      const told = offlines([...sockets, ...pair.watchers]);
      await redis.command('FLUSHALL');
      findings.fault();
      const all = people.map(() => 'online');
      for (const node of nodes) await expect.poll(() => shown(node, people), { timeout: WHOLE_MS }).toEqual(all);
      const ofAni = async () =>
        (await pair.budi.succeed<{ status: string }[]>('GET', `presence?user_ids=${pair.ani.id}`))[0]?.status;
      await expect.poll(ofAni, { timeout: WHOLE_MS }).toBe('busy');
      findings.within('presence whole on both nodes', WHOLE_MS);
      for (const watcher of pair.watchers) await watcher.settled();
      const odd = pair.watchers.filter((watcher) => String(changes(watcher, pair.ani.id)) !== 'online,busy');
      findings.exactly('observers told a change', odd.length, 0, 'observers');
      findings.exactly(
        'announcements of somebody offline',
        offlines([...sockets, ...pair.watchers]) - told,
        0,
        'events',
      );
    },
  );
});

/** Does it again and again for six seconds of the fault. @returns what it took at most, in whole milliseconds */
async function slowestOf(findings: { sinceFault: number }, task: () => Promise<void>): Promise<number> {
  let slowest = 0;
  while (findings.sinceFault < 6000) {
    const began = performance.now();
    await task();
    slowest = Math.max(slowest, performance.now() - began);
    await lasting(50);
  }
  return Math.round(slowest);
}
