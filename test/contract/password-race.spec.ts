import { hash } from '@node-rs/argon2';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { Logins } from '../../src/auth/logins.service.js';
import { Passwords } from '../../src/auth/passwords.js';
import { RefreshChain } from '../../src/auth/refresh-chain.js';
import { Users } from '../../src/users/users.service.js';
import { startApp } from '../support/app.js';
import { databaseKinds } from '../support/databases.js';
import { Http, PASSWORD } from '../support/http.js';

const NEW = 'pintu itu sudah terbuka';
const caller = { address: '127.0.0.1', userAgent: undefined };

describe.each(databaseKinds)('between the check of a password and the session, over $name', ({ missing, create }) => {
  async function start() {
    const { app, url } = await startApp({ env: { DATABASE_URL: await create() } });
    const http = new Http(url);
    const own = await http.newcomer();
    const { email } = own.user;
    const sessions = async () =>
      (await http.get<{ items: unknown[] }>('auth/sessions', { token: own.access_token })).body.data.items.length;
    const change = (next: string) =>
      http.post('auth/change-password', {
        token: own.access_token,
        body: { current_password: PASSWORD, new_password: next },
      });
    const check = () => app.get(Logins).check({ email, password: PASSWORD }, caller);
    return { app, http, own, email, sessions, change, check };
  }

  it.skipIf(missing)('a changed password leaves no session to the old one', async () => {
    const { app, sessions, change, check } = await start();
    const holder = await check();
    expect((await change(NEW)).status).toBe(200);
    await expect(app.get(RefreshChain).begin(holder, caller)).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(await sessions()).toBe(1);
  });

  it.skipIf(missing)('a disabled account gets no session either', async () => {
    const { app, own, check } = await start();
    const holder = await check();
    await app.get(Users).govern(own.user.id, { disabled: true });
    await expect(app.get(RefreshChain).begin(holder, caller)).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  it.skipIf(missing)('of two who change the same password one does', async () => {
    const { http, email, change } = await start();
    const passwords = [`${NEW} satu`, `${NEW} dua`];
    const replies = await Promise.all(passwords.map(change));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401]);
    const winner = passwords[replies.findIndex(({ status }) => status === 200)];
    expect((await http.login(email, winner)).user.email).toBe(email);
  });

  it.skipIf(missing)('a weak hash is renewed by many logins at once, and all of them get in', async () => {
    const { app, http, own, email } = await start();
    const weak = await hash(PASSWORD, { memoryCost: 4096, timeCost: 1 });
    await app.get(DataSource).query('UPDATE users SET password_hash = ? WHERE id = ?', [weak, own.user.id]);
    const logins = await Promise.all(Array.from({ length: 5 }, () => http.login(email)));
    expect(new Set(logins.map(({ session_id: id }) => id)).size).toBe(5);
  });

  it.skipIf(missing)('the renewal of a weak hash does not undo a change of the password', async () => {
    const { app, http, own, email, check } = await start();
    const users = app.get(Users);
    const database = app.get(DataSource);
    const weak = await hash(PASSWORD, { memoryCost: 4096, timeCost: 1 });
    await database.query('UPDATE users SET password_hash = ? WHERE id = ?', [weak, own.user.id]);
    const changed = await app.get(Passwords).hash(NEW);
    const stale = await users.findWithPasswordHash(email);
    await database.query('UPDATE users SET password_hash = ? WHERE id = ?', [changed, own.user.id]);
    expect(await users.replacePasswordHash(stale!, await app.get(Passwords).hash(PASSWORD))).toBe(false);
    await expect(check()).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect((await http.login(email, NEW)).user.email).toBe(email);
  });
});
