import { describe, expect, it } from 'vitest';
import { databaseKinds } from '../support/databases.js';
import { allPages, holderOf, newUser, openStores, openTwice, outcomes } from '../support/stores.js';

const NOBODY = '01890000-0000-7000-8000-000000000000';
const after = (id: string | undefined) => (id === undefined ? {} : { cursor: Buffer.from(id).toString('base64url') });

describe.each(databaseKinds)('Users in $name', (kind) => {
  const test = kind.missing === undefined ? it : it.skip;

  test('are kept as they were given: to the millisecond, with long names of rare characters', async () => {
    const stores = await openStores(kind);
    const email = `${'e'.repeat(241)}@example.com`;
    await stores.clock.advance(123);
    const created = await newUser(stores, { email, displayName: '👩‍🚀𝓐'.repeat(11) });
    expect(created.createdAt.getTime()).toBe(stores.clock.now());
    expect(await stores.users.find(created.id)).toEqual(created);
    expect(await stores.users.findAll([created.id, NOBODY])).toEqual([created]);
    await stores.clock.advance(1);
    await stores.users.govern(created.id, { disabled: true });
    expect((await stores.users.find(created.id))?.disabledAt?.getTime()).toBe(stores.clock.now());
  });

  test('have one account for an e-mail in all its spellings', async () => {
    const stores = await openStores(kind);
    const created = await newUser(stores, { email: ' Ani@Example.COM' });
    expect(await stores.users.findByEmail('aNI@EXAMPLE.com ')).toEqual(created);
    await expect(newUser(stores, { email: 'ANI@example.com' })).rejects.toMatchObject({ code: 'email_taken' });
  });

  test('have accounts of their own where only an accent, a ligature or an emoji sets their e-mails apart', async () => {
    const stores = await openStores(kind);
    for (const name of ['jose', 'josé', 'strasse', 'straße', '👋', '😀']) {
      const email = `${name}@example.com`;
      const created = await newUser(stores, { email });
      expect(await stores.users.findByEmail(email)).toEqual(created);
    }
  });

  test('get an e-mail once, of twenty who ask for it at the same moment on two nodes', async () => {
    const nodes = await openTwice(kind);
    const calls = Array.from({ length: 20 }, (_, turn) => newUser(nodes[turn % 2]!, { email: 'ani@example.com' }));
    expect(await outcomes(calls)).toEqual({ done: 1, email_taken: 19 });
  });

  test('are renamed, also to the name they have; nobody is not', async () => {
    const stores = await openStores(kind);
    const { id } = await newUser(stores, { displayName: 'Ani' });
    expect((await stores.users.rename(id, 'ANI')).displayName).toBe('ANI');
    expect((await stores.users.rename(id, 'ANI')).displayName).toBe('ANI');
    await expect(stores.users.rename(NOBODY, 'x')).rejects.toMatchObject({ code: 'user_not_found' });
    await expect(stores.users.govern(NOBODY, { role: 'admin' })).rejects.toMatchObject({ code: 'user_not_found' });
  });

  test('keep the first of two hashes that replace the same one, to the letter', async () => {
    const nodes = await openTwice(kind);
    const user = await newUser(nodes[0]);
    const replaced = await Promise.all(
      nodes.map(({ users }, turn) => users.replacePasswordHash(holderOf(user), `next ${turn}`)),
    );
    expect(replaced.toSorted()).toEqual([false, true]);
    const stored = await nodes[0].users.findWithPasswordHash(user.email);
    expect(stored?.passwordHash).toBe(`next ${replaced.indexOf(true)}`);
    const shouted = { user, passwordHash: stored!.passwordHash.toUpperCase() };
    expect(await nodes[0].users.replacePasswordHash(shouted, 'x')).toBe(false);
  });

  test('are found by a part of their name in any case and script, and by nothing like it', async () => {
    const stores = await openStores(kind);
    const names = ['Ünal Şen', 'Unal', 'Андрей', '👋 wave', '😀 smile', '50%_Off!', "Robert'); --", 'back\\slash'];
    for (const displayName of names) await newUser(stores, { displayName });
    const found = async (text: string) =>
      (await stores.users.search(text, { limit: 50 })).map(({ displayName }) => displayName);
    expect(await found('ünAL ş')).toEqual(['Ünal Şen']);
    expect(await found('ÜNAL')).toEqual(['Ünal Şen']);
    expect(await found('unal')).toEqual(['Unal']);
    expect(await found('аНДР')).toEqual(['Андрей']);
    expect(await found('👋')).toEqual(['👋 wave']);
    expect(await found('%_o')).toEqual(['50%_Off!']);
    expect(await found("');")).toEqual(["Robert'); --"]);
    expect(await found('k\\s')).toEqual(['back\\slash']);
    expect(await found('🚀')).toEqual([]);
  });

  test('are found by their e-mail only where that is wanted', async () => {
    const stores = await openStores(kind);
    const { id } = await newUser(stores, { email: 'hidden@example.com' });
    expect(await stores.users.search('HIDDEN@', { limit: 50 })).toEqual([]);
    expect((await stores.users.search('HIDDEN@', { limit: 50 }, true)).map((user) => user.id)).toEqual([id]);
  });

  test('are listed by age, each once, while others join', async () => {
    const stores = await openStores(kind);
    const ids: string[] = [];
    const join = async () => ids.push((await newUser(stores)).id);
    for (let count = 0; count < 12; count += 1) await join();
    const listed = await allPages<{ id: string }>(async (last) => {
      if (last && ids.length < 15) await join();
      return stores.users.search(undefined, { limit: 3, ...after(last?.id) });
    });
    expect(listed.map(({ id }) => id)).toEqual(ids);
  });
});
