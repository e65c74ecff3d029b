import { describe } from 'vitest';
import { drill } from '../support/drill.js';
import { startNodes } from '../support/nodes.js';
import { change, enter, roommates, statuses } from '../support/scene.js';

/** The default lease and grace: a dead node's users are offline after both, and a sweep. */
const OFFLINE_MS = 15_000;

describe('A node that dies', () => {
  drill(
    {
      row: '35a',
      hypothesis: 'the others announce its users offline, once',
      action: 'two nodes with the default lease; kill -9 of the one that somebody is connected to',
    },
    async (findings) => {
      const { nodes } = await startNodes(2);
      const [doomed, other] = [nodes[0]!, nodes[1]!];
      const { people } = await roommates(other, 'ani', 'budi');
      const [ani, budi] = people;
      const watcher = await enter(other, budi);
      await enter(doomed, ani);
      await change(watcher, ani.id, 1);
      doomed.kill('SIGKILL');
      findings.fault();
      await change(watcher, ani.id, 2, 2 * OFFLINE_MS);
      findings.within('offline announced', OFFLINE_MS);
      await watcher.settled();
      findings.exactly('announcements', statuses(watcher, ani.id).length, 2, 'events');
    },
  );
});
