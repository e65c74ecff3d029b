import { describe, expect, it } from 'vitest';
import { clientOf } from '../support/hadir-client.js';
import { newPerson } from '../support/people.js';
import { roomOf, roommates } from '../support/scene.js';
import { startServer } from '../support/server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const within = { timeout: 20_000 };
const SECOND_OF_SLEEP = new Int32Array(new SharedArrayBuffer(4));

/** Nothing happens in this process for so long; what arrives meanwhile is read at once afterwards. */
function block(ms: number): void {
  Atomics.wait(SECOND_OF_SLEEP, 0, 0, ms);
}

describe('presence', () => {
  it('is right again after an absence: who left is gone, who is watched is watched again', async () => {
    const server = await startServer({ env: { PRESENCE_GRACE: '0s', PRESENCE_AUTO_WATCH: '2' } });
    const proxy = await TcpProxy.before(server.url);
    const [alice, bob, carol] = [
      await newPerson(server, 'alice'),
      await newPerson(server, 'bob'),
      await newPerson(server, 'carol'),
    ];
    await roomOf([alice, bob]);
    await roomOf([alice, bob, carol]);
    const { client, changes } = clientOf(proxy, alice, { random: () => 0 });
    const [{ client: bobs }, { client: carols }] = [clientOf(server, bob), clientOf(server, carol)];
    await Promise.all([client.ready(), bobs.ready(), carols.ready()]);
    client.presence.watch([carol.id]);
    const seen = () => [bob, carol].map(({ id }) => client.presence.get(id).status);
    await expect.poll(seen, within).toEqual(['online', 'online']);

    proxy.down();
    await expect.poll(() => client.state, within).toBe('connecting');
    expect(seen()).toEqual(['online', 'online']);
    bobs.disconnect();
    await carols.presence.setStatus('away');
    proxy.up();
    await expect.poll(seen, within).toEqual(['offline', 'away']);
    carols.disconnect();
    await expect.poll(seen, within).toEqual(['offline', 'offline']);
    expect(changes.filter(({ state }) => state === 'connected')).toHaveLength(2);
  });

  it('is no longer watched after the last who wanted it has stopped', async () => {
    const server = await startServer({ env: { PRESENCE_GRACE: '0s', PRESENCE_AUTO_WATCH: '1' } });
    const { people } = await roommates(server, 'alice', 'bob');
    const [{ client }, { client: other }] = [clientOf(server, people[0]), clientOf(server, people[1])];
    await Promise.all([client.ready(), other.ready()]);
    const id = people[1].id;
    const stops = [client.presence.watch([id]), client.presence.watch([id])];
    await expect.poll(() => client.presence.get(id).status, within).toBe('online');
    stops[0]?.();
    stops[0]?.();
    await other.presence.setStatus('away');
    await expect.poll(() => client.presence.get(id).status, within).toBe('away');
    stops[1]?.();
    await client.request('ping', null);
    await other.presence.setStatus('busy');
    await client.request('ping', null);
    expect(client.presence.get(id).status).toBe('away');
  });

  it('of oneself is what was chosen last, also when all answers arrive at once', async () => {
    const server = await startServer();
    const { client } = clientOf(server, await newPerson(server, 'alice'));
    await client.ready();
    const first = client.presence.setStatus('busy');
    void client.request('user_status_change', { status: 'away' });
    await new Promise((resolve) => setImmediate(resolve));
    block(1000);
    await first;
    await client.request('ping', null);
    expect(client.presence.me.status).toBe('away');
  });
});

describe('typing', () => {
  it('ends by the server when the typist says nothing more, and by itself when nothing more is heard', async () => {
    const server = await startServer({ env: { TYPING_TTL: '3s' } });
    const proxy = await TcpProxy.before(server.url);
    const { room, people } = await roommates(server, 'alice', 'bob');
    const [{ client }, { client: near }] = [clientOf(server, people[0]), clientOf(server, people[1])];
    const { client: far } = clientOf(proxy, people[1]);
    await Promise.all([client.ready(), near.ready(), far.ready()]);
    const stops = { near: 0, far: 0 };
    near.on('typing_stop', () => (stops.near += 1));
    far.on('typing_stop', () => (stops.far += 1));
    await client.request('typing_start', { room_id: room });
    await expect.poll(() => [near, far].map(({ typing }) => typing.in(room).length), within).toEqual([1, 1]);
    proxy.swallow('toClient');
    await expect.poll(() => [near, far].map(({ typing }) => typing.in(room)), within).toEqual([[], []]);
    expect(stops).toEqual({ near: 1, far: 0 });
    expect(far.state).toBe('connected');
  });

  it('goes on as long as there are keys, also when the first of them took long to the server', async () => {
    const server = await startServer({ env: { TYPING_THROTTLE: '4s', TYPING_TTL: '6s' } });
    const proxy = await TcpProxy.before(server.url);
    const { room, people } = await roommates(server, 'alice', 'bob');
    const [{ client }, { client: other }] = [clientOf(proxy, people[0]), clientOf(server, people[1])];
    await Promise.all([client.ready(), other.ready()]);
    const told: number[] = [];
    other.typing.on('change', ({ user_ids }) => told.push(user_ids.length));
    proxy.latency(300);
    client.typing.input(room);
    const keys = setInterval(() => client.typing.input(room), 50);
    await expect.poll(() => told, within).toEqual([1]);
    proxy.latency(0);
    await new Promise((resolve) => setTimeout(resolve, 9000));
    clearInterval(keys);
    expect(told).toEqual([1]);
    await expect.poll(() => told, within).toEqual([1, 0]);
  });

  it('is over 5 s after the last key', async () => {
    const server = await startServer({ env: { TYPING_TTL: '60s' } });
    const { room, people } = await roommates(server, 'alice', 'bob');
    const [{ client }, { client: other }] = [clientOf(server, people[0]), clientOf(server, people[1])];
    await Promise.all([client.ready(), other.ready()]);
    const told: number[] = [];
    other.typing.on('change', ({ user_ids }) => told.push(user_ids.length));
    client.typing.input(room);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    client.typing.input(room);
    const lastKey = performance.now();
    await expect.poll(() => told, within).toEqual([1, 0]);
    expect(performance.now() - lastKey).toBeGreaterThan(4900);
  });
});
