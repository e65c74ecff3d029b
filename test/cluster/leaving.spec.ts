import { describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.js';
import { clusters, type StartNodes } from '../support/cluster.js';
import { ReturningClient, toldToReturn } from '../support/returning-client.js';
import { change, enter, roommates, statuses } from '../support/scene.js';

const DRAIN_MS = 3000;
const GRACE_MS = 300;
/** How often a node looks for deadlines that it did not set itself, and then some. */
const BEAT_MS = 1500;
const env = { DRAIN_TIMEOUT: `${DRAIN_MS}ms`, PRESENCE_GRACE: `${GRACE_MS}ms` };

/** Somebody with many devices on a node that will stop, and an observer on one that will not. */
async function scene(start: StartNodes) {
  const [leaving, staying] = (await start(2, env)) as [TestApp, TestApp];
  const { people } = await roommates(staying, 'ani', 'budi');
  const [ani, budi] = people;
  const watcher = await enter(staying, budi);
  const devices = await Promise.all(Array.from({ length: 8 }, () => enter(leaving, ani)));
  await change(watcher, ani.id, 1);
  return { leaving, staying, ani, watcher, devices };
}

describe.each(clusters)('A node that stops (%s)', (_, start) => {
  it('leaves no trace of itself to the observers of those who come back when they were told to', async () => {
    const { leaving, staying, ani, watcher, devices } = await scene(start);
    void leaving.close();
    const ends = await Promise.all(devices.map((device) => device.ended()));
    const longest = Math.max(...ends.map((end) => toldToReturn(end) ?? 0));
    expect(longest).toBeGreaterThan(2 * GRACE_MS);
    const last = new ReturningClient(staying.wsUrl, { headers: { authorization: `Bearer ${ani.token}` } });
    last.lose({ code: 1001, reason: JSON.stringify({ retry_after_ms: longest }) });
    await expect.poll(() => last.isConnected, { timeout: DRAIN_MS + 1000 }).toBe(true);
    await watcher.settled();
    expect(statuses(watcher, ani.id)).toEqual(['online']);
  });

  it('has those who do not come back seen offline once, when they could have been back and the grace is over', async () => {
    const { leaving, ani, watcher, devices } = await scene(start);
    const began = Date.now();
    void leaving.close();
    const ends = await Promise.all(devices.map((device) => device.ended()));
    const longest = Math.max(...ends.map((end) => toldToReturn(end) ?? 0));
    expect(await change(watcher, ani.id, 2, 2 * DRAIN_MS)).toMatchObject({ status: 'offline' });
    const after = Date.now() - began;
    expect(after).toBeGreaterThanOrEqual(longest + GRACE_MS);
    expect(after).toBeLessThan(longest + GRACE_MS + BEAT_MS);
    await watcher.settled();
    expect(statuses(watcher, ani.id)).toEqual(['online', 'offline']);
  });
});
