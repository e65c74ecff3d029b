import { describe, expect, it } from 'vitest';
import {
  apply,
  type Choice,
  type Claim,
  nextDeadline,
  type PresenceState,
  remembered,
  restored,
} from '../../src/presence/presence-state.js';

const GRACE = 5000;
const T0 = 1_800_000_000_000;
const nobody = restored({ choice: null, version: 0, lastSeenAt: null, revision: 0 });

const connected = (node = 'a'): Claim => ({ kind: 'connected', node });
const gone = (node = 'a'): Claim => ({ kind: 'gone', node });
const sentAway = (backInMs: number, node = 'a'): Claim => ({ kind: 'gone', node, backInMs });
const chosen = (status: Choice['status'] | 'online', expiresAt: number | null = null): Claim => ({
  kind: 'chosen',
  choice: status === 'online' ? null : { status, expiresAt },
});
const tick: Claim = { kind: 'tick' };

/** Applies claims, each at its own ms after T0. */
function after(...steps: [atMs: number, claim: Claim][]): PresenceState {
  return steps.reduce((state, [at, claim]) => apply(state, claim, T0 + at, GRACE), nobody);
}

describe('What others see', () => {
  it('is offline, never seen, of somebody who was never here', () => {
    expect(nobody.shown).toEqual({ status: 'offline', version: 0, lastSeenAt: null });
  });

  it('is online from the first socket on', () => {
    expect(after([0, connected()]).shown).toEqual({ status: 'online', version: T0, lastSeenAt: null });
  });

  it('does not change with a second socket on the same or on another node', () => {
    const one = after([0, connected()]);
    expect(apply(one, connected(), T0 + 1, GRACE)).toBe(one);
    expect(apply(one, connected('b'), T0 + 1, GRACE).shown).toBe(one.shown);
  });

  it('stays for the grace after the last socket has closed, and is offline then', () => {
    const left = after([0, connected()], [10, gone()], [10 + GRACE - 1, tick]);
    expect(left.shown.status).toBe('online');
    expect(nextDeadline(left, GRACE)).toBe(T0 + 10 + GRACE);
    const offline = apply(left, tick, T0 + 10 + GRACE, GRACE);
    expect(offline.shown).toEqual({ status: 'offline', version: T0 + 10 + GRACE, lastSeenAt: T0 + 10 + GRACE });
    expect(nextDeadline(offline, GRACE)).toBeNull();
  });

  it('does not change when a socket is back inside the grace', () => {
    const before = after([0, connected()]);
    const back = after([0, connected()], [10, gone()], [4000, connected('b')], [60_000, tick]);
    expect(back.shown).toEqual(before.shown);
  });

  it('stays until somebody who was told when to come back could be back, and for the grace from then on', () => {
    const left = after([0, connected()], [10, sentAway(20_000)]);
    expect(left.shown.status).toBe('online');
    expect(nextDeadline(left, GRACE)).toBe(T0 + 20_010 + GRACE);
    expect(apply(left, tick, T0 + 20_010 + GRACE - 1, GRACE).shown.status).toBe('online');
    expect(apply(left, tick, T0 + 20_010 + GRACE, GRACE).shown.status).toBe('offline');
  });

  it('waits for the last of those who were told to come back, whoever else comes and goes meanwhile', () => {
    const comings: [number, Claim][] = [
      [0, connected('a')],
      [0, connected('b')],
      [10, sentAway(20_000, 'a')],
      [20, sentAway(3000, 'b')],
      [3020, connected('c')],
      [4000, gone('c')],
    ];
    expect(after(...comings, [20_010 + GRACE - 1, tick]).shown.status).toBe('online');
    expect(after(...comings, [20_010 + GRACE, tick]).shown.status).toBe('offline');
  });

  it('keeps to the grace alone once those who were told to come back could have come', () => {
    const back = after([0, connected()], [10, sentAway(20_000)], [20_000, connected('b')], [30_000, gone('b')]);
    expect(nextDeadline(back, GRACE)).toBe(T0 + 30_000 + GRACE);
  });

  it('is offline as ever of somebody who is told to come back after everybody has seen them leave', () => {
    const offline = after([0, connected()], [1, gone()], [1 + GRACE, tick]);
    expect(apply(offline, sentAway(20_000), T0 + 10_000, GRACE).shown).toBe(offline.shown);
  });

  it('does not change while another node still has a socket', () => {
    const state = after([0, connected('a')], [1, connected('b')], [2, gone('a')], [60_000, tick]);
    expect(state.shown.status).toBe('online');
    expect(state.emptySince).toBeNull();
  });

  it('is offline at once without a grace', () => {
    const online = apply(nobody, connected(), T0, 0);
    expect(apply(online, gone(), T0 + 1, 0).shown.status).toBe('offline');
  });

  it.each(['away', 'busy'] as const)('is %s by choice while a socket is open, and again at the next one', (status) => {
    const chose = after([0, connected()], [1, chosen(status)]);
    expect(chose.shown.status).toBe(status);
    const left = after([0, connected()], [1, chosen(status)], [2, gone()], [2 + GRACE, tick]);
    expect(left.shown.status).toBe('offline');
    expect(apply(left, connected(), T0 + 20_000, GRACE).shown.status).toBe(status);
  });

  it('is online again when online is chosen', () => {
    expect(after([0, connected()], [1, chosen('busy')], [2, chosen('online')])).toMatchObject({
      choice: null,
      shown: { status: 'online', version: T0 + 2 },
    });
  });

  it('is offline for invisible until something else is chosen, whatever the sockets do', () => {
    const hidden = after([0, connected()], [1, chosen('invisible')]);
    const later = [gone(), tick, connected('b'), connected(), gone('b')].reduce(
      (state, claim, index) => apply(state, claim, T0 + 10_000 * (index + 1), GRACE),
      hidden,
    );
    expect(hidden.shown).toEqual({ status: 'offline', version: T0 + 1, lastSeenAt: T0 + 1 });
    expect(later.shown).toBe(hidden.shown);
    expect(later.choice?.status).toBe('invisible');
  });

  it('is offline for offline until the next connect, of a second socket too', () => {
    const hidden = after([0, connected()], [1, chosen('offline')], [60_000, tick]);
    expect(hidden.shown.status).toBe('offline');
    expect(apply(hidden, connected(), T0 + 70_000, GRACE)).toMatchObject({ choice: null, shown: { status: 'online' } });
  });

  it('does not end with a choice of offline when a node only repeats itself', () => {
    const hidden = after([0, connected()], [1, chosen('offline')]);
    expect(apply(hidden, { kind: 'still_connected', node: 'a' }, T0 + 2, GRACE)).toBe(hidden);
  });

  it.each(['away', 'busy', 'invisible', 'offline'] as const)('returns to online when %s ends by itself', (status) => {
    const state = after([0, connected()], [1, chosen(status, T0 + 1000)]);
    expect(nextDeadline(state, GRACE)).toBe(T0 + 1000);
    expect(apply(state, tick, T0 + 999, GRACE)).toBe(state);
    expect(apply(state, tick, T0 + 1000, GRACE)).toMatchObject({ choice: null, shown: { status: 'online' } });
  });

  it('stays offline when a choice ends while no socket is open', () => {
    const state = after([0, connected()], [1, chosen('away', T0 + 50_000)], [2, gone()], [2 + GRACE, tick]);
    expect(nextDeadline(state, GRACE)).toBeNull();
    expect(apply(state, connected(), T0 + 60_000, GRACE)).toMatchObject({ choice: null, shown: { status: 'online' } });
  });

  it('says the same of leaving, of going invisible and of going offline: seen last when others saw it', () => {
    const at = 2 + GRACE;
    const left = after([0, connected()], [2, gone()], [at, tick]);
    const invisible = after([0, connected()], [at, chosen('invisible')]);
    const offline = after([0, connected()], [at, chosen('offline')]);
    expect(invisible.shown).toEqual(left.shown);
    expect(offline.shown).toEqual(left.shown);
  });

  it('says nothing of somebody who has only ever been here invisibly', () => {
    const state = after([0, chosen('invisible')], [1, connected()], [2, gone()], [9000, tick]);
    expect(state.shown).toEqual(nobody.shown);
  });
});

describe('The version of what others see', () => {
  it('grows when the clock stands still or goes back', () => {
    const state = after([0, connected()], [0, chosen('away')], [-5000, chosen('busy')]);
    expect(state.shown.version).toBe(T0 + 2);
  });

  it('grows over a restart, also one that nobody was told of', () => {
    const online = after([0, connected()], [1, chosen('away')]);
    const again = restored(remembered(online, T0 + 100));
    expect(again).toMatchObject({ choice: { status: 'away' }, shown: { status: 'offline', lastSeenAt: T0 + 100 } });
    expect(again.shown.version).toBeGreaterThan(online.shown.version);
  });

  it('is remembered as it is of somebody who is hidden', () => {
    const hidden = after([0, connected()], [1, chosen('invisible')]);
    expect(remembered(hidden, T0 + 9000)).toEqual({
      choice: { status: 'invisible', expiresAt: null },
      version: hidden.shown.version,
      lastSeenAt: hidden.shown.lastSeenAt,
      revision: hidden.revision,
    });
  });

  it('goes on with a higher revision than what was remembered, also by a clock that is behind', () => {
    const before = after([0, connected()]);
    const later = { ...before, revision: before.revision + 60_000 };
    const again = apply(restored(remembered(later, T0)), connected(), T0, GRACE);
    expect(again.revision).toBeGreaterThan(later.revision);
  });
});

describe('A node that died', () => {
  it('leaves the grace running from when it was last heard of', () => {
    const state = after([0, connected()]);
    const dead = apply(state, { kind: 'gone', node: 'a', since: T0 + 1000 }, T0 + 3000, GRACE);
    expect(dead.shown.status).toBe('online');
    expect(nextDeadline(dead, GRACE)).toBe(T0 + 1000 + GRACE);
    const later = apply(state, { kind: 'gone', node: 'a', since: T0 + 1000 }, T0 + 10_000, GRACE);
    expect(later.shown.status).toBe('offline');
  });
});
