import { describe, expect, it } from 'vitest';
import { change, databaseFile, enter, roommates, scene, statuses, told } from '../support/scene.js';
import { connect } from '../support/socket.js';

const GRACE_MS = 5000;
const DAY_MS = 86_400_000;

describe('Choosing a status', () => {
  it.each(['away', 'busy'])('shows %s to the others and to the own other devices', async (status) => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [ani] = people;
    const budi = await enter(app, people[1]);
    const [phone, laptop] = [await enter(app, ani), await enter(app, ani)];
    await clock.advance(1000);
    expect(await phone.request('user_status_change', { status })).toMatchObject({
      type: 'ack',
      data: { status, expires_at: null },
    });
    const seen = { user_id: ani.id, status, last_seen_at: null, version: clock.now() };
    expect(await change(budi, ani.id, 2)).toEqual(seen);
    expect(await change(phone, ani.id, 1)).toEqual({ ...seen, expires_at: null });
    expect(await change(laptop, ani.id, 1)).toEqual({ ...seen, expires_at: null });
    expect(await ani.succeed('GET', 'presence/me')).toEqual({ status, expires_at: null });
  });

  it('is acknowledged only where an id asks for it', async () => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani');
    const ani = await enter(app, people[0]);
    ani.send({ type: 'user_status_change', data: { status: 'away' } });
    await change(ani, people[0].id, 1);
    await ani.settled();
    expect(ani.ofType('ack')).toEqual([]);
  });

  it('tells nobody when it is chosen again', async () => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [budi, ani] = [await enter(app, people[1]), await enter(app, people[0])];
    for (const status of ['online', 'away', 'away', 'online', 'online', 'invisible', 'invisible', 'offline', 'busy']) {
      await ani.request('user_status_change', { status });
    }
    await change(budi, people[0].id, 5);
    expect(statuses(budi, people[0].id)).toEqual(['online', 'away', 'online', 'offline', 'busy']);
    expect(statuses(ani, people[0].id)).toEqual(['away', 'online', 'invisible', 'offline', 'busy']);
  });

  it.each(['away', 'busy'])('shows %s while a socket is open, and again after an absence', async (status) => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [budi, ani] = [await enter(app, people[1]), await enter(app, people[0])];
    await ani.request('user_status_change', { status });
    await ani.close();
    await budi.settled();
    await clock.advance(GRACE_MS);
    await change(budi, people[0].id, 3);
    const back = await connect(app.wsUrl, people[0].token);
    expect(back.frames[0]).toMatchObject({ type: 'connected', data: { status } });
    await change(budi, people[0].id, 4);
    expect(statuses(budi, people[0].id)).toEqual(['online', status, 'offline', status]);
  });

  it('hides the invisible until they choose otherwise, and tells them the truth', async () => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [budi, ani] = [await enter(app, people[1]), await enter(app, people[0])];
    await ani.request('user_status_change', { status: 'invisible' });
    await change(budi, people[0].id, 2);
    await ani.close();
    await clock.advance(60_000);
    const back = await connect(app.wsUrl, people[0].token);
    expect(back.frames[0]).toMatchObject({ data: { status: 'invisible' } });
    expect(await people[0].succeed('GET', 'presence/me')).toEqual({ status: 'invisible', expires_at: null });
    expect(await people[1].succeed('GET', `presence?user_ids=${people[0].id}`)).toMatchObject([{ status: 'offline' }]);
    await back.request('user_status_change', { status: 'online' });
    await change(budi, people[0].id, 3);
    expect(statuses(budi, people[0].id)).toEqual(['online', 'offline', 'online']);
    expect(told(budi, people[0].id)[2]).toMatchObject({ last_seen_at: told(budi, people[0].id)[1]!.last_seen_at });
  });

  it('keeps offline until the next connect', async () => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [budi, ani] = [await enter(app, people[1]), await enter(app, people[0])];
    expect(await ani.request('user_status_change', { status: 'offline' })).toMatchObject({
      data: { status: 'offline' },
    });
    await change(budi, people[0].id, 2);
    await clock.advance(3_600_000);
    expect(await people[0].succeed('GET', 'presence/me')).toEqual({ status: 'offline', expires_at: null });
    const second = await connect(app.wsUrl, people[0].token);
    expect(second.frames[0]).toMatchObject({ data: { status: 'online' } });
    await change(budi, people[0].id, 3);
    expect(statuses(budi, people[0].id)).toEqual(['online', 'offline', 'online']);
    expect((await change(ani, people[0].id, 2)).status).toBe('online');
  });

  it.each([
    ['away', 60_000],
    ['invisible', 60_000],
    ['offline', 250],
  ])('returns from %s to online by itself at expires_at, %d ms ahead', async (status, ms) => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [budi, ani] = [await enter(app, people[1]), await enter(app, people[0])];
    const expires_at = new Date(clock.now() + ms).toISOString();
    expect((await ani.request('user_status_change', { status, expires_at })).data).toEqual({ status, expires_at });
    expect(await change(ani, people[0].id, 1)).toMatchObject({ status, expires_at });
    await clock.advance(ms - 1);
    await budi.settled();
    expect(told(budi, people[0].id)).toHaveLength(2);
    await clock.advance(1);
    expect(await change(budi, people[0].id, 3)).toMatchObject({ status: 'online' });
    expect(await change(ani, people[0].id, 2)).toMatchObject({ status: 'online', expires_at: null });
    expect(await people[0].succeed('GET', 'presence/me')).toEqual({ status: 'online', expires_at: null });
  });

  it('ends a choice also while its user is away', async () => {
    const { app, clock } = await scene();
    const { people } = await roommates(app, 'ani');
    const expires_at = new Date(clock.now() + 1000).toISOString();
    expect(await people[0].succeed('PUT', 'presence/me', { status: 'busy', expires_at })).toEqual({
      status: 'busy',
      expires_at,
    });
    await clock.advance(1000);
    expect(await people[0].succeed('GET', 'presence/me')).toEqual({ status: 'online', expires_at: null });
    await clock.advance(600_000);
    const ani = await connect(app.wsUrl, people[0].token);
    expect(ani.frames[0]).toMatchObject({ data: { status: 'online' } });
  });

  it('may be done over REST, with the same effect', async () => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [budi, ani] = [await enter(app, people[1]), await enter(app, people[0])];
    await people[0].succeed('PUT', 'presence/me', { status: 'busy' });
    await change(budi, people[0].id, 2);
    expect((await change(ani, people[0].id, 1)).status).toBe('busy');
  });
});

describe('A restart', () => {
  it('does not lose a choice that was acknowledged, however the server ended', async () => {
    const env = { DATABASE_URL: databaseFile() };
    const { app } = await scene({ env });
    const { people } = await roommates(app, 'ani');
    const expires_at = new Date(Date.now() + DAY_MS).toISOString();
    const socket = await enter(app, people[0]);
    expect((await socket.request('user_status_change', { status: 'invisible', expires_at })).type).toBe('ack');
    // The first server is still there and has written nothing since: time stands still for it.
    const { app: next } = await scene({ env });
    expect(await (await people[0].elsewhere(next.url)).succeed('GET', 'presence/me')).toEqual({
      status: 'invisible',
      expires_at,
    });
  });

  it('forgets no choice, keeps last_seen_at and lets versions grow', async () => {
    const env = { DATABASE_URL: databaseFile() };
    const first = await scene({ env });
    const { people } = await roommates(first.app, 'ani', 'budi', 'citra', 'dewi');
    const [ani, budi, citra, dewi] = people;
    const watcher = await enter(first.app, budi);
    for (const person of [ani, citra, dewi]) await enter(first.app, person);
    await change(watcher, dewi.id, 1);
    await ani.succeed('PUT', 'presence/me', { status: 'invisible' });
    await citra.succeed('PUT', 'presence/me', { status: 'away' });
    await change(watcher, citra.id, 2);
    await change(watcher, ani.id, 2);
    const before = new Map([ani, citra, dewi].map(({ id }) => [id, told(watcher, id).at(-1)!]));
    await first.app.close();

    const { app } = await scene({ env, clock: first.clock });
    const on = async (person: typeof ani) => person.elsewhere(app.url);
    const ids = [ani.id, citra.id, dewi.id].join(',');
    type Seen = { user_id: string; status: string; version: number; last_seen_at: string | null };
    const seen = await (await on(budi)).succeed<Seen[]>('GET', `presence?user_ids=${ids}`);
    expect(seen.map(({ status }) => status)).toEqual(['offline', 'offline', 'offline']);
    expect(seen[0]).toEqual(before.get(ani.id));
    for (const { user_id, version, last_seen_at } of seen.slice(1)) {
      expect(version).toBeGreaterThan(before.get(user_id)!.version as number);
      expect(last_seen_at).not.toBeNull();
    }
    expect(await (await on(ani)).succeed('GET', 'presence/me')).toMatchObject({ status: 'invisible' });
    const again = await enter(app, await on(budi));
    await enter(app, await on(ani));
    await enter(app, await on(citra));
    const shown = await change(again, citra.id, 1);
    expect(shown.status).toBe('away');
    expect(shown.version).toBeGreaterThan(seen[1]!.version);
    await again.settled();
    expect(told(again, ani.id)).toEqual([]);
  });
});
