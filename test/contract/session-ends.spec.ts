import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/auth/refresh-chain.js';
import { databaseKinds } from '../support/databases.js';
import { holderOf, newUser, openStores, openTwice, outcomes, storesOf, type Stores } from '../support/stores.js';

const TTL_MS = 3_600_000;
const AGE_MS = 2.5 * TTL_MS;
const caller = { address: '192.0.2.7', userAgent: undefined };
const all = { limit: 100 };
const env = { REFRESH_TOKEN_TTL: `${TTL_MS}ms`, SESSION_MAX_AGE: `${AGE_MS}ms` };

const idsOf = async ({ sessions }: Stores, userId: string) =>
  (await sessions.ofUser(userId, all)).map(({ id }) => id).sort();

describe.each(databaseKinds)('The end of sessions in $name', (kind) => {
  const test = kind.missing === undefined ? it : it.skip;

  const alive = async ({ sessions, clock }: Stores, { userId, sessionId }: Link) =>
    sessions.requireAlive({ userId, sessionId, expiresAt: clock.now() + 1 });

  test('comes at their age to the millisecond, however often they are refreshed', async () => {
    const stores = await openStores(kind, env);
    const { chain, clock, sessions } = stores;
    const user = await newUser(stores);
    const began = clock.now();
    let link = await chain.begin(holderOf(user), caller);
    for (let refreshes = 0; refreshes < 4; refreshes += 1) {
      await clock.advance(TTL_MS / 2);
      link = await chain.exchange(link.refreshToken);
      expect(link.endsAt).toBe(began + AGE_MS);
    }
    const [session] = await sessions.ofUser(user.id, all);
    expect(session?.expiresAt.getTime()).toBe(began + AGE_MS);
    await clock.advance(began + AGE_MS - 1 - clock.now());
    expect(await alive(stores, link)).toMatchObject({ sessionEndsAt: began + AGE_MS });
    link = await chain.exchange(link.refreshToken);
    await clock.advance(1);
    await expect(alive(stores, link)).rejects.toMatchObject({ code: 'session_revoked' });
    await expect(chain.exchange(link.refreshToken)).rejects.toMatchObject({ code: 'refresh_token_invalid' });
    expect(await sessions.alive([link.sessionId])).toEqual(new Set());
    expect(await sessions.ofUser(user.id, all)).toEqual([]);
    await sessions.sweep();
    expect(await stores.database.getRepository('sessions').count()).toBe(0);
  });

  test('comes sooner where the age is set to less after they began', async () => {
    const DATABASE_URL = await kind.create();
    const before = await storesOf({ DATABASE_URL, ...env });
    const user = await newUser(before);
    const link = await before.chain.begin(holderOf(user), caller);
    const sibling = await before.chain.begin(holderOf(user), caller);
    const { refreshToken } = await before.chain.exchange(sibling.refreshToken);
    // A node that was started anew with the setting; SQLite in a file may be opened twice for that.
    const after = await storesOf({ DATABASE_URL, ...env, SESSION_MAX_AGE: `${TTL_MS / 2}ms` });
    await after.clock.advance(TTL_MS / 2 - 1);
    await alive(after, link);
    await after.clock.advance(1);
    await expect(alive(after, link)).rejects.toMatchObject({ code: 'session_revoked' });
    for (const token of [link.refreshToken, refreshToken])
      await expect(after.chain.exchange(token)).rejects.toMatchObject({ code: 'refresh_token_invalid' });
    expect(await after.sessions.alive([link.sessionId])).toEqual(new Set());
    expect(await idsOf(after, user.id)).toEqual([]);
  });

  test('comes for the one not used for longest when its user has too many, and for nobody else’s', async () => {
    const stores = await openStores(kind, { ...env, MAX_SESSIONS_PER_USER: '3' });
    const { chain, clock } = stores;
    const [user, stranger] = [await newUser(stores), await newUser(stores)];
    const foreign = await chain.begin(holderOf(stranger), caller);
    const links = [];
    for (let count = 0; count < 3; count += 1) {
      links.push(await chain.begin(holderOf(user), caller));
      await clock.advance(10);
    }
    const [oldest, idle, newest] = links as [Link, Link, Link];
    await chain.exchange(oldest.refreshToken);
    await clock.advance(10);
    const fresh = await chain.begin(holderOf(user), caller);
    expect(await idsOf(stores, user.id)).toEqual([oldest, newest, fresh].map(({ sessionId }) => sessionId).sort());
    await expect(alive(stores, idle)).rejects.toMatchObject({ code: 'session_revoked' });
    await expect(chain.exchange(idle.refreshToken)).rejects.toMatchObject({ code: 'refresh_token_invalid' });
    await alive(stores, foreign);
  });

  test('keeps to the number when many begin at the same moment on two nodes', async () => {
    const nodes = await openTwice(kind, { ...env, MAX_SESSIONS_PER_USER: '3' });
    const user = await newUser(nodes[0]);
    const turns = Array.from({ length: 12 }, (_, turn) => nodes[turn % 2]!);
    const begun = turns.map(({ chain }) => chain.begin(holderOf(user), caller));
    expect(await outcomes(begun)).toEqual({ done: 12 });
    expect(await idsOf(nodes[0], user.id)).toHaveLength(3);
  });
});
