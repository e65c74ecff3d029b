import { describe, expect } from 'vitest';
import { drill, lasting } from '../support/drill.js';
import { startNodes } from '../support/nodes.js';
import type { Namespace } from '../support/redis.js';
import { change, enter, roommates, statuses } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';

/** The default lease and grace: a dead node's users are offline after both, and a sweep. */
const OFFLINE_MS = 15_000;
/** The longest that typing lasts without being announced anew, a second for the word of its end, and one to be late. */
const TYPING_MS = 13_000;
const STOPPED_MS = 20_000;
/** A node that wakes up claims its users at its next beat, which comes every second. */
const AWAKE_MS = 5000;

const nodeOf = (socket: TestSocket) => String((socket.frames[0]!.data as { node: string }).node);

const READ: Record<string, readonly string[]> = {
  string: ['GET'],
  hash: ['HGETALL'],
  set: ['SMEMBERS'],
  zset: ['ZRANGE', '0', '-1'],
};

/** The keys that name a node, in themselves or in what they hold. */
async function traces({ keys, command }: Namespace, node: string): Promise<string[]> {
  const found: string[] = [];
  for (const key of await keys()) {
    const [name, ...rest] = READ[String(await command('TYPE', key))] ?? ['EXISTS'];
    if (key.includes(node) || JSON.stringify(await command(name!, key, ...rest)).includes(node)) found.push(key);
  }
  return found;
}

describe('Nodes that die, stop and come again', () => {
  drill(
    {
      row: '35',
      hypothesis:
        'who is gone with a node is offline once; who is back on its successor, and who is on a node that only stood still, is not harmed',
      action:
        'three nodes with the default lease; kill -9 of one, and its start anew at the same address; kill -STOP of another for 20 s, then CONT',
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { nodes, redis, join } = await startNodes(3);
      const [killed, stopped, other] = [nodes[0]!, nodes[1]!, nodes[2]!];
      const { people, room } = await roommates(other, 'ani', 'budi', 'citra', 'dewi');
      const [ani, budi, citra, dewi] = people;
      const watcher = await enter(other, budi);
      const lost = await enter(killed, ani);
      await enter(killed, citra);
      const asleep = await enter(stopped, dewi);
      for (const { id } of [ani, citra, dewi]) await change(watcher, id, 1);
      expect(await traces(redis, nodeOf(lost))).not.toEqual([]);

      await lost.request('typing_start', { room_id: room });
      await watcher.next('typing_start');
      killed.kill('SIGKILL');
      stopped.kill('SIGSTOP');
      findings.fault();
      const successor = await join({ PORT: String(killed.port) });
      const back = await enter(successor, citra);
      expect(nodeOf(back)).not.toBe(nodeOf(lost));
      await change(watcher, ani.id, 2, 2 * OFFLINE_MS);
      findings.within('killed: offline announced', OFFLINE_MS);
      await change(watcher, dewi.id, 2, 2 * OFFLINE_MS);
      findings.within('stopped: offline announced', OFFLINE_MS);
      await expect.poll(() => traces(redis, nodeOf(lost)), { timeout: OFFLINE_MS }).toEqual([]);
      findings.within('killed: nothing of it left in Redis', OFFLINE_MS);
      await watcher.until(() => watcher.ofType('typing_stop')[0], 'the end of the typing', TYPING_MS);
      findings.within('killed: typing that was under way ended', TYPING_MS);

      await lasting(STOPPED_MS - findings.sinceFault);
      stopped.kill('SIGCONT');
      findings.fault();
      await change(watcher, dewi.id, 3, 2 * AWAKE_MS);
      findings.within('goes on: its user online again', AWAKE_MS);
      await asleep.settled();
      await back.settled();
      await lasting(AWAKE_MS);
      await watcher.settled();
      findings.exactly('ends of the typing under way', watcher.ofType('typing_stop').length, 1, 'events');
      findings.exactly('announcements of whom the dead node took along', statuses(watcher, ani.id).length, 2, 'events');
      findings.exactly('announcements of who came back at once', statuses(watcher, citra.id).length, 1, 'events');
      findings.exactly('announcements of who was on the stopped node', statuses(watcher, dewi.id).length, 3, 'events');
      const seen = await budi.succeed<{ status: string }[]>(
        'GET',
        `presence?user_ids=${ani.id},${citra.id},${dewi.id}`,
      );
      expect(seen.map(({ status }) => status).sort()).toEqual(['offline', 'online', 'online']);
    },
  );
});
