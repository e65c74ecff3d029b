import { describe, expect, it } from 'vitest';
import { frontKinds, startFront } from '../support/front.js';
import { startNodes } from '../support/nodes.js';
import { newPerson, type Person } from '../support/people.js';
import { ReturningClient } from '../support/returning-client.js';
import { change, enter, roomOf, statuses } from '../support/scene.js';
import type { Server } from '../support/server.js';

const PEOPLE = 16;
/** Longer than the grace (5 s), as the default is. */
const ENV = { DRAIN_TIMEOUT: '8s', TRUSTED_PROXIES: '127.0.0.1' };

describe.each(frontKinds)('A rolling restart behind $name', { timeout: 120_000 }, (kind) => {
  it('is not seen by those who watch: clients that come back when told were never offline', async (context) => {
    const { nodes, join } = await startNodes(3, { env: ENV });
    const [first, second, aside] = nodes as [Server, Server, Server];
    const front = await startFront(kind, [first.port, second.port], context);
    const watcher = await newPerson(aside, 'watcher');
    const people = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => newPerson(aside, `person-${index}`)));
    await roomOf([watcher, ...people]);
    const watching = await enter(aside, watcher);
    const arrive = ({ token }: Person) =>
      new ReturningClient(front.wsUrl, { headers: { authorization: `Bearer ${token}` } }).start();
    const clients = await Promise.all(people.map(arrive));
    const before = new Set(clients.map(({ nodes: [node] }) => node));
    expect(before.size).toBe(2);
    for (const { id } of people) await change(watching, id, 1);

    for (const old of [first, second]) {
      old.kill('SIGTERM');
      expect((await old.exited).code).toBe(0);
      await join({ PORT: String(old.port) });
    }

    const isBack = (client: ReturningClient) => client.isConnected && !before.has(client.nodes.at(-1));
    await expect.poll(() => clients.filter(isBack).length, { timeout: 30_000, interval: 200 }).toBe(PEOPLE);
    await watching.settled();
    for (const { id } of people) expect(statuses(watching, id)).toEqual(['online']);
    expect(new Set(clients.flatMap(({ ends }) => ends.map(({ code }) => code)))).toEqual(new Set([1001]));
    expect(clients.flatMap(({ refusals }) => refusals)).toEqual([]);
  });
});
