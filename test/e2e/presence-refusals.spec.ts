import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { enter, roommates, scene } from '../support/scene.js';

const DAY_MS = 86_400_000;

describe('A status that cannot be', () => {
  const bad = [
    ['a status that there is not', { status: 'sleeping' }, 'status'],
    ['no status', {}, 'status'],
    ['an end in the past', { status: 'away', expires_at: '2001-01-01T00:00:00.000Z' }, 'expires_at'],
    ['an end without a time zone', { status: 'away', expires_at: '2101-01-01T00:00:00' }, 'expires_at'],
    ['an end that is no time', { status: 'away', expires_at: 'tomorrow' }, 'expires_at'],
    [
      'an end too far ahead',
      { status: 'away', expires_at: new Date(Date.now() + 400 * DAY_MS).toISOString() },
      'expires_at',
    ],
    ['an unknown field', { status: 'away', mood: 'good' }, 'mood'],
  ] as const;

  it.each(bad)('is refused at both doors: %s', async (_, choice, field) => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani');
    const ani = await enter(app, people[0]);
    const expected = { code: 'validation_failed', details: [{ field }] };
    expect(await ani.request('user_status_change', choice)).toMatchObject({ type: 'error', data: expected });
    expect(await people[0].call('PUT', 'presence/me', { body: choice })).toMatchObject({
      status: 400,
      body: { error: expected },
    });
    expect(await people[0].succeed('GET', 'presence/me')).toEqual({ status: 'online', expires_at: null });
  });
});

describe('The limit of status changes', () => {
  it('counts a user over all sockets and REST, and says when to try again', async () => {
    const { app, clock } = await scene({ env: { RATE_LIMIT_STATUS: '5/30s' } });
    const { people } = await roommates(app, 'ani', 'budi');
    const [one, two] = [await enter(app, people[0]), await enter(app, people[0])];
    for (const [index, socket] of [one, two, one, two].entries()) {
      const status = index % 2 === 0 ? 'away' : 'busy';
      expect((await socket.request('user_status_change', { status })).type).toBe('ack');
    }
    await people[0].succeed('PUT', 'presence/me', { status: 'away' });
    const limited = { code: 'rate_limited', retry_after_ms: 6000 };
    expect(await one.request('user_status_change', { status: 'busy' })).toMatchObject({ type: 'error', data: limited });
    const reply = await people[0].call('PUT', 'presence/me', { body: { status: 'busy' } });
    expect(reply).toMatchObject({ status: 429, body: { error: limited } });
    expect(reply.headers.get('retry-after')).toBe('6');
    expect((await people[1].call('PUT', 'presence/me', { body: { status: 'busy' } })).status).toBe(200);
    await clock.advance(6000);
    expect((await two.request('user_status_change', { status: 'busy' })).type).toBe('ack');
  });
});

describe('Asking over REST', () => {
  it('answers in the order asked for, each user once, and takes strangers and nobody for offline', async () => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani', 'budi');
    const [ani, budi] = people;
    await enter(app, ani);
    const nobody = randomUUID();
    const ids = [nobody, budi.id, ani.id.toUpperCase(), ani.id].join(',');
    const unseen = { status: 'offline', last_seen_at: null, version: 0 };
    expect(await budi.succeed('GET', `presence?user_ids=${ids}`)).toEqual([
      { user_id: nobody, ...unseen },
      { user_id: budi.id, ...unseen },
      { user_id: ani.id, status: 'online', last_seen_at: null, version: expect.any(Number) },
    ]);
  });

  it.each([
    'presence',
    'presence?user_ids=',
    'presence?user_ids=me',
    'presence?user_ids[]=1',
    `presence?user_ids=${Array.from({ length: 201 }, () => randomUUID()).join(',')}`,
  ])('refuses what is no list of 1 to 200 ids (%.40s)', async (path) => {
    const { app } = await scene();
    const { people } = await roommates(app, 'ani');
    expect(await people[0].call('GET', path)).toMatchObject({
      status: 400,
      body: { error: { code: 'validation_failed' } },
    });
  });
});
