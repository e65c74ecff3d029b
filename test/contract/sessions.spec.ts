import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/auth/refresh-chain.js';
import type { Session } from '../../src/auth/sessions.service.js';
import type { User } from '../../src/users/user.js';
import { databaseKinds } from '../support/databases.js';
import { allPages, holderOf, newUser, openStores, openTwice, outcomes, type Stores } from '../support/stores.js';

const TTL_MS = 3_600_000;
const GRACE_MS = 10_000;
const caller = { address: '192.0.2.7', userAgent: undefined };
const all = { limit: 100 };

const before = (id: string | undefined) => (id === undefined ? {} : { cursor: Buffer.from(id).toString('base64url') });
const ids = (sessions: readonly Session[]) => sessions.map(({ id }) => id);

describe.each(databaseKinds)('Sessions in $name', (kind) => {
  const test = kind.missing === undefined ? it : it.skip;
  const env = { REFRESH_TOKEN_TTL: `${TTL_MS}ms` };

  async function open() {
    const stores = await openStores(kind, env);
    const user = await newUser(stores);
    return { ...stores, user, begin: () => stores.chain.begin(holderOf(user), caller) };
  }

  const alive = async ({ sessions, clock }: Stores, { userId, sessionId }: Link) =>
    sessions.requireAlive({ userId, sessionId, expiresAt: clock.now() + 1 });

  const rows = async ({ database }: Stores) => {
    const counts = ['sessions', 'spent_refresh_tokens'].map((table) => database.getRepository(table).count());
    return Promise.all(counts);
  };

  test('are kept as they were opened: to the millisecond, with long and rare names', async () => {
    const { user, clock, sessions } = await open();
    await clock.advance(789);
    const device = {
      address: '2001:db8:1111:2222:3333:4444:5555:6666',
      userAgent: 'U'.repeat(255),
      deviceName: '📱'.repeat(50),
    };
    const { refreshHash, ...session } = (await sessions.open(holderOf(user), 'f'.repeat(64), device)) as Session & {
      refreshHash: string;
    };
    expect(refreshHash).toHaveLength(64);
    expect(session.createdAt.getTime()).toBe(clock.now());
    expect(session.expiresAt.getTime()).toBe(clock.now() + TTL_MS);
    expect(await sessions.ofUser(user.id, all)).toEqual([expect.objectContaining(session)]);
  });

  test('are listed to their user alone, the newest first, each once, while others begin', async () => {
    const stores = await open();
    const { begin, sessions, user } = stores;
    await stores.chain.begin(holderOf(await newUser(stores)), caller);
    const begun: string[] = [];
    for (let count = 0; count < 10; count += 1) begun.unshift((await begin()).sessionId);
    const listed = await allPages<Session>(async (last) => {
      if (last) await begin();
      return sessions.ofUser(user.id, { limit: 3, ...before(last?.id) });
    });
    expect(ids(listed)).toEqual(begun);
  });

  test('end to the millisecond, and are cleared away with what they spent', async () => {
    const stores = await open();
    const { begin, chain, clock, sessions } = stores;
    const first = await begin();
    const exchanged = await chain.exchange((await begin()).refreshToken);
    await clock.advance(1);
    const last = await begin();
    await clock.advance(TTL_MS - 2);
    for (const link of [first, exchanged, last]) await alive(stores, link);
    await sessions.sweep();
    expect(await rows(stores)).toEqual([3, 1]);
    await clock.advance(1);
    await expect(alive(stores, first)).rejects.toMatchObject({ code: 'session_revoked' });
    await expect(chain.exchange(first.refreshToken)).rejects.toMatchObject({ code: 'refresh_token_invalid' });
    expect(ids(await sessions.ofUser(stores.user.id, all))).toEqual([last.sessionId]);
    await sessions.sweep();
    expect(await rows(stores)).toEqual([1, 0]);
    await alive(stores, last);
  });

  test('give the same successor of a token for ten seconds, and end at the millisecond after', async () => {
    const stores = await open();
    const { begin, chain, clock } = stores;
    const first = await begin();
    const next = await chain.exchange(first.refreshToken);
    await clock.advance(GRACE_MS);
    expect(await chain.exchange(first.refreshToken)).toEqual(next);
    await clock.advance(1);
    await expect(chain.exchange(first.refreshToken)).rejects.toMatchObject({ code: 'refresh_token_reused' });
    await expect(alive(stores, next)).rejects.toMatchObject({ code: 'session_revoked' });
  });

  test('know a refresh token to the letter', async () => {
    const { begin, chain, sessions, user } = await open();
    const { refreshToken } = await begin();
    const call = chain.exchange(refreshToken.toLowerCase());
    await expect(call).rejects.toMatchObject({ code: 'refresh_token_invalid' });
    await sessions.open(holderOf(user), 'a'.repeat(64), caller);
    await expect(sessions.open(holderOf(user), 'a'.repeat(64), caller)).rejects.toThrow();
    await sessions.open(holderOf(user), 'A'.repeat(64), caller);
    expect(await sessions.ofUser(user.id, all)).toHaveLength(3);
  });

  test('go with what belongs to them: spent tokens with a session, sessions with a user', async () => {
    const stores = await open();
    const { begin, chain, sessions, database, user } = stores;
    const [one, two] = [await begin(), await begin()];
    for (const { refreshToken } of [one, two]) await chain.exchange(refreshToken);
    expect(await rows(stores)).toEqual([2, 2]);
    expect(await sessions.close(user.id, one.sessionId)).toBe(true);
    expect(await sessions.close(user.id, one.sessionId)).toBe(false);
    expect(await rows(stores)).toEqual([1, 1]);
    await database.getRepository('users').delete({ id: user.id });
    expect(await rows(stores)).toEqual([0, 0]);
    await expect(begin()).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  test('are ended by their own user only: one, all but one, or all', async () => {
    const stores = await open();
    const { begin, sessions, user } = stores;
    const stranger: User = await newUser(stores);
    const kept = await begin();
    for (let count = 0; count < 3; count += 1) await begin();
    const foreign = await stores.chain.begin(holderOf(stranger), caller);
    await expect(sessions.end(stranger.id, kept.sessionId)).rejects.toMatchObject({ code: 'session_not_found' });
    await sessions.changePassword(holderOf(user), 'another hash', kept.sessionId);
    expect(ids(await sessions.ofUser(user.id, all))).toEqual([kept.sessionId]);
    await sessions.endAll(user.id);
    expect(await sessions.ofUser(user.id, all)).toEqual([]);
    await alive(stores, foreign);
  });

  test('all begin and all end, of many at the same moment on two nodes', async () => {
    const nodes = await openTwice(kind, env);
    const user = await newUser(nodes[0]);
    const turns = Array.from({ length: 20 }, (_, turn) => nodes[turn % 2]!);
    const links = await Promise.all(turns.map(({ chain }) => chain.begin(holderOf(user), caller)));
    expect(await nodes[1].sessions.ofUser(user.id, all)).toHaveLength(20);
    const ends = [...links, ...links].map(({ sessionId }, turn) => nodes[turn % 2]!.sessions.end(user.id, sessionId));
    expect(await outcomes(ends)).toEqual({ done: 20, session_not_found: 20 });
    expect(await rows(nodes[0])).toEqual([0, 0]);
  });
});
