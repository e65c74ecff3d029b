import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { startApp, type TestApp } from '../support/app.js';
import { databaseKinds } from '../support/databases.js';
import { PASSWORD } from '../support/http.js';
import { newPerson, type Person } from '../support/people.js';
import { enter } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const servers = databaseKinds.filter(({ name }) => name !== 'SQLite');

/** Two nodes, the first of which may not hear what the database answers; two people, each with a socket on both. */
async function setting(create: () => Promise<string>) {
  const url = await create();
  const proxy = await TcpProxy.before(url);
  const backend = new MemoryBackend();
  const here = await startApp({ env: { DATABASE_URL: proxy.url }, backend });
  const there = await startApp({ env: { DATABASE_URL: url }, backend });
  const [ani, budi] = [await newPerson(here, 'ani'), await newPerson(here, 'budi')];
  const both = (person: Person) => Promise.all([here, there].map((node) => enter(node, person)));
  return { proxy, here, there, ani, budi, both };
}

/** Calls, and is told that nobody knows. */
async function inVain(person: Person, method: string, path: string, body?: unknown): Promise<void> {
  const { status } = await person.call(method, path, body === undefined ? {} : { body });
  expect(status).toBe(503);
}

/** Keeps others from changing a session while `during` lasts. */
async function holding({ app }: TestApp, sessionId: string, during: () => Promise<void>): Promise<void> {
  await app.get(DataSource).transaction(async (manager) => {
    await manager.query('SELECT id FROM sessions WHERE id = ? FOR UPDATE', [sessionId]);
    await during();
  });
}

async function expectClosed(sockets: readonly TestSocket[]): Promise<void> {
  for (const socket of sockets) expect((await socket.ended()).code).toBe(4500);
}

const heardOf = (socket: TestSocket, type: string, roomId: string) =>
  socket.ofType(type).filter(({ data }) => {
    const { id, room_id } = data as { id?: string; room_id?: string };
    return (id ?? room_id) === roomId;
  }).length;

/** Waits until each socket has heard of it, and sees to it that it does so once. */
async function expectOnce(sockets: readonly TestSocket[], type: string, roomId: string): Promise<void> {
  for (const socket of sockets) await socket.until(() => heardOf(socket, type, roomId) || undefined, type);
  // Longer than it takes to look again.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  for (const socket of sockets) expect(heardOf(socket, type, roomId)).toBe(1);
}

const mayType = async (socket: TestSocket, room_id: string) =>
  (await socket.request('typing_start', { room_id })).type === 'ack';

describe.each(servers)('A change of which $name never said that it was made', ({ missing, create }) => {
  const test = missing === undefined ? it : it.skip;

  test('closes the sockets of a session that has ended, on every node, and no others', async () => {
    const { proxy, here, ani, both } = await setting(create);
    const laptop = await ani.elsewhere(here.url);
    const [sockets, others] = [await both(ani), await both(laptop)];
    proxy.loseAnswerTo('DELETE FROM `sessions`');
    await inVain(ani, 'POST', 'auth/logout');
    await expectClosed(sockets);
    for (const socket of others) await socket.settled();
  });

  test('closes them too where a lock keeps the session from ending until all have given up', async () => {
    const { there, ani, both } = await setting(create);
    const sockets = await both(ani);
    await holding(there, ani.sessionId, async () => {
      await inVain(ani, 'POST', 'auth/logout');
      for (const socket of sockets) await socket.settled();
    });
    await expectClosed(sockets);
  });

  test('closes them on a node that cannot ask the database then, as soon as it can', async () => {
    const { proxy, there, ani, both } = await setting(create);
    const [here, elsewhere] = (await both(ani)) as [TestSocket, TestSocket];
    const rows = () => there.app.get(DataSource).query('SELECT id FROM sessions WHERE id = ?', [ani.sessionId]);
    proxy.loseAnswerTo('DELETE FROM `sessions`');
    const ending = inVain(ani, 'POST', 'auth/logout');
    await expect.poll(rows).toEqual([]);
    proxy.down();
    await ending;
    await expectClosed([elsewhere]);
    await here.settled();
    proxy.up();
    await here.until(() => here.closed, 'the close', 10_000);
    await expectClosed([here]);
  });

  test('closes the sockets of all sessions but the one that changed the password', async () => {
    const { proxy, here, ani, both } = await setting(create);
    const laptop = await ani.elsewhere(here.url);
    const [sockets, others] = [await both(ani), await both(laptop)];
    proxy.loseAnswerTo('COMMIT');
    const change = { current_password: PASSWORD, new_password: 'sandi yang lain sama sekali' };
    await inVain(laptop, 'POST', 'auth/change-password', change);
    await expectClosed(sockets);
    for (const socket of others) await socket.settled();
  });

  test('is found to have added a member, and told as ever', async () => {
    const { proxy, ani, budi, both } = await setting(create);
    const { id } = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar' });
    const [sockets, others] = [await both(budi), await both(ani)];
    proxy.loseAnswerTo('INSERT INTO `memberships`');
    await ani.succeed('PUT', `rooms/${id}/members/${budi.id}`);
    await expectOnce(others, 'room_member_added', id);
    await expectOnce(sockets, 'room_added', id);
  });

  test('lets an added member hear the room on every node, told once, however often they are added', async () => {
    const { proxy, there, ani, budi, both } = await setting(create);
    const { id } = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar' });
    const sockets = await both(budi);
    const rows = () => there.app.get(DataSource).query('SELECT room_id FROM memberships WHERE user_id = ?', [budi.id]);
    proxy.loseAnswerTo('INSERT INTO `memberships`');
    const adding = inVain(ani, 'PUT', `rooms/${id}/members/${budi.id}`);
    await expect.poll(rows).toHaveLength(1);
    proxy.down();
    await adding;
    proxy.up();
    const again = async () => (await ani.call('PUT', `rooms/${id}/members/${budi.id}`)).status;
    await expect.poll(again).toBe(200);
    await expectOnce(sockets, 'room_added', id);
    for (const socket of sockets) expect(await mayType(socket, id)).toBe(true);
  });

  test('lets a removed member hear the room no more, told once, however often they are removed', async () => {
    const { proxy, ani, budi, both } = await setting(create);
    const { id } = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar', member_ids: [budi.id] });
    const sockets = await both(budi);
    proxy.loseAnswerTo('COMMIT');
    await inVain(ani, 'DELETE', `rooms/${id}/members/${budi.id}`);
    await ani.succeed('DELETE', `rooms/${id}/members/${budi.id}`);
    await expectOnce(sockets, 'room_removed', id);
    for (const socket of sockets) expect(await mayType(socket, id)).toBe(false);
  });

  test('tells the members of a room that was made', async () => {
    const { proxy, ani, budi, both } = await setting(create);
    const sockets = [...(await both(ani)), ...(await both(budi))];
    proxy.loseAnswerTo('COMMIT');
    await inVain(ani, 'POST', 'rooms', { name: 'kamar', member_ids: [budi.id] });
    const { items } = await budi.succeed<{ items: { id: string }[] }>('GET', 'rooms');
    await expectOnce(sockets, 'room_added', items[0]!.id);
    for (const socket of sockets) expect(await mayType(socket, items[0]!.id)).toBe(true);
  });

  test('tells the members of a room that is gone', async () => {
    const { proxy, ani, budi, both } = await setting(create);
    const { id } = await ani.succeed<{ id: string }>('POST', 'rooms', { name: 'kamar', member_ids: [budi.id] });
    const sockets = [...(await both(ani)), ...(await both(budi))];
    proxy.loseAnswerTo('DELETE FROM `rooms`');
    await inVain(ani, 'DELETE', `rooms/${id}`);
    await expectOnce(sockets, 'room_removed', id);
    for (const socket of sockets) expect(await mayType(socket, id)).toBe(false);
  });
});
