import { describe, expect, it } from 'vitest';
import { PresenceRecords } from '../../src/presence/presence-records.js';
import { apply, restored } from '../../src/presence/presence-state.js';
import { namespace, redisIn, redisKinds, RedisTestClock } from '../support/redis.js';
import { need } from '../support/requirement.js';

const GRACE_MS = 5000;
const LEASE_MS = 10_000;

describe.each(redisKinds)('The sweep of a dead node in $name', ({ variable, url }) => {
  it('ends nothing of a node that has woken up meanwhile', async (context) => {
    const space = await namespace(need(context, variable, url));
    const clock = await RedisTestClock.in(space);
    const records = new PresenceRecords(await redisIn(space, clock.lua), GRACE_MS, LEASE_MS);
    await records.renew('a');
    const here = apply(
      restored({ choice: null, version: 0, lastSeenAt: null, revision: 0 }),
      { kind: 'connected', node: 'a' },
      clock.now(),
      GRACE_MS,
    );
    await records.save({ userId: 'u', stored: undefined, state: here });
    const gone = apply(here, { kind: 'gone', node: 'a' }, clock.now(), GRACE_MS);
    const sweep = () => records.save({ userId: 'u', stored: here, state: gone, deadNode: 'a' });
    expect((await sweep()).result).toBe('node_lives');
    expect(await records.clear('a', ['u'], false)).toBe(0);
    expect(await records.usersOf('a')).toEqual(['u']);
    await clock.advance(LEASE_MS);
    expect((await sweep()).result).toBe('written');
    expect(await records.clear('a', ['u'], false)).toBe(0);
    expect(await records.usersOf('a')).toEqual([]);
  });
});
