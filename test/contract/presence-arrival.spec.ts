import { expect, it } from 'vitest';
import { Problem } from '../../src/common/problem.js';
import { PresenceStore } from '../../src/presence/presence-store.js';
import { Connections } from '../../src/realtime/connections.js';
import type { TestApp } from '../support/app.js';
import { enter, roommates, scene, statuses } from '../support/scene.js';
import { openSocket } from '../support/socket.js';

/** Lets the next claim wait for `fail`, and find the store away then. */
function failNextClaim({ app }: TestApp): { begun: Promise<void>; fail: () => void } {
  const store = app.get(PresenceStore);
  const claim = store.claim.bind(store);
  let fail = () => undefined as void;
  const released = new Promise<void>((resolve) => (fail = resolve));
  const begun = new Promise<void>((resolve) => {
    store.claim = async () => {
      store.claim = claim;
      resolve();
      await released;
      throw new Problem('unavailable');
    };
  });
  return { begun, fail: () => fail() };
}

it('Somebody who is gone before the presence store is found away does not come online when it is back', async () => {
  const { app, clock } = await scene();
  const { people } = await roommates(app, 'ani', 'budi');
  const [ani, budi] = people;
  const watcher = await enter(app, budi);
  const arrival = failNextClaim(app);
  const socket = await openSocket(app.wsUrl, { headers: { authorization: `Bearer ${ani.token}` } });
  await arrival.begun;
  socket.raw.terminate();
  await expect.poll(() => [...app.app.get(Connections).ofUser(ani.id)].length).toBe(0);
  arrival.fail();
  for (let beats = 0; beats < 3; beats += 1) {
    await watcher.settled();
    await clock.advance(1000);
  }
  await watcher.settled();
  expect(statuses(watcher, ani.id)).toEqual([]);
});
