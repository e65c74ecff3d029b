import { describe, expect } from 'vitest';
import { drill, lasting, repeatedly } from '../support/drill.js';
import { mariadb, type Nodes, startNodes } from '../support/nodes.js';
import { newPerson, type Person } from '../support/people.js';
import { enter, roomOf, statuses } from '../support/scene.js';
import type { Server } from '../support/server.js';
import type { TestSocket } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const LEAVERS = 12;
/** The defaults, and what they add up to: a lease that is not renewed from the end of the grace on, and the grace again. */
const FROZEN_MS = 50_000;
/** Longer than a node remembers who shares a room with whom. */
const FORGOTTEN_MS = 12_000;

interface Scene {
  readonly stay: readonly [ani: Person, budi: Person];
  readonly leave: readonly Person[];
  readonly sockets: readonly [ani: TestSocket, budi: TestSocket];
  readonly leaving: readonly TestSocket[];
}

/** A room of people. Ani and those who will leave are on the one node, Budi is on the other. */
async function scene([a, b]: readonly Server[]): Promise<Scene> {
  const [here, there] = [a!, b!];
  const stay = [await newPerson(here, 'ani'), await newPerson(here, 'budi')] as const;
  const leave: Person[] = [];
  while (leave.length < LEAVERS) leave.push(await newPerson(here, `tamu${leave.length}`));
  await roomOf([...stay, ...leave]);
  const sockets = [await enter(here, stay[0]), await enter(there, stay[1])] as const;
  const leaving: TestSocket[] = [];
  for (const person of leave) leaving.push(await enter(here, person));
  return { stay, leave, sockets, leaving };
}

/** What the nodes have agreed on, whoever could be told of it. */
async function shown(redis: Nodes['redis'], { id }: Person): Promise<string> {
  const state = await redis.command('HGET', `{${redis.prefix}:presence}:user:${id}`, 'state');
  return (JSON.parse(String(state)) as { shown: { status: string } }).shown.status;
}

describe('The database of two nodes', () => {
  drill(
    {
      row: '38d',
      hypothesis: 'may stand still: neither node takes the other for dead, nobody who is connected goes offline',
      action: `a proxy lets nothing through to the database for ${FROZEN_MS / 1000} seconds; ${LEAVERS} people of one of two nodes leave meanwhile`,
      timeoutMs: 200_000,
    },
    async (findings) => {
      const proxy = await TcpProxy.before(await mariadb());
      const { nodes, redis } = await startNodes(2, { databaseUrl: proxy.url });
      const { stay, leave, sockets, leaving } = await scene(nodes);
      await lasting(FORGOTTEN_MS);
      const before = sockets.map((socket, index) => statuses(socket, stay[1 - index]!.id).length);
      proxy.freeze();
      for (const socket of leaving) await socket.close();
      const seen: string[] = [];
      const stop = repeatedly(250, async () => {
        for (const person of stay) seen.push(await shown(redis, person));
      });
      await lasting(FROZEN_MS);
      await stop();
      findings.atLeast('looks at those who stayed', seen.length, FROZEN_MS / 250, 'looks');
      findings.exactly('not online', seen.filter((status) => status !== 'online').length, 0, 'looks');
      proxy.thaw();
      findings.fault();
      for (const { id } of leave)
        await expect.poll(() => statuses(sockets[1], id).at(-1), { timeout: 10_000 }).toBe('offline');
      findings.within('all told of those who left', 5000);
      const more = sockets.map((socket, index) => statuses(socket, stay[1 - index]!.id).length - before[index]!);
      findings.exactly('told of those who stayed', more[0]! + more[1]!, 0, 'events');
      findings.exactly('sockets lost', sockets.filter(({ closed }) => closed).length, 0, 'sockets');
    },
  );
});
