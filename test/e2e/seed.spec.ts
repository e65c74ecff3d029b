import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { demoHint } from '../../src/app.seed.js';
import { startApp } from '../support/app.js';
import { ADMIN, ADMIN_ENV, Http, PASSWORD } from '../support/http.js';

function fileUrl(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hadir-seed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'hadir.db')}`;
}

const demo = { SEED_DEMO: 'true' };

describe('demo users', () => {
  it('can log in with what is printed, and share a room', async () => {
    const { app, url } = await startApp({ env: demo });
    const hint = (await demoHint(app, url)) ?? '';
    const password = /Password: +(\S+)/.exec(hint)?.[1] ?? '';
    const http = new Http(url);
    const rooms = [];
    for (const name of ['alice', 'bob', 'carol']) {
      expect(hint).toContain(`${name}@example.com`);
      const { access_token: token } = await http.login(`${name}@example.com`, password);
      const list = await http.get<{ items: { id: string; member_count: number }[] }>('rooms', { token });
      rooms.push(list.body.data.items.map(({ id, member_count }) => [id, member_count]));
    }
    expect(rooms[0]).toEqual([[expect.any(String), 3]]);
    expect(rooms[1]).toEqual(rooms[0]);
    expect(rooms[2]).toEqual(rooms[0]);
  });

  it('are made once, and never beside other people', async () => {
    const env = { ...demo, DATABASE_URL: fileUrl() };
    const first = await startApp({ env: { ...env, SEED_DEMO: 'false' } });
    await new Http(first.url).register('Somebody');
    await first.close();
    const { app, url } = await startApp({ env });
    expect(await demoHint(app, url)).toBeUndefined();
  });

  it('survive a restart without being doubled', async () => {
    const env = { ...demo, DATABASE_URL: fileUrl() };
    const first = await startApp({ env });
    await first.close();
    const { app, url } = await startApp({ env });
    expect(await demoHint(app, url)).toContain('alice@example.com');
  });
});

describe('the first administrator', () => {
  it('comes from the settings, once: a changed password is not put back', async () => {
    const env = { ...ADMIN_ENV, DATABASE_URL: fileUrl() };
    const first = await startApp({ env });
    const http = new Http(first.url);
    const { user, access_token: token } = await http.login(ADMIN.email, ADMIN.password);
    expect(user.role).toBe('admin');
    const body = { current_password: ADMIN.password, new_password: 'a password of my own' };
    await http.post('auth/change-password', { token, body });
    await first.close();
    const again = new Http((await startApp({ env })).url);
    expect((await again.login(ADMIN.email, 'a password of my own')).user.id).toBe(user.id);
  });

  it('is never somebody who registered that address', async () => {
    const url = fileUrl();
    const first = await startApp({ env: { DATABASE_URL: url } });
    await new Http(first.url).register('Impostor', ADMIN.email);
    await first.close();
    const again = new Http((await startApp({ env: { DATABASE_URL: url, ...ADMIN_ENV } })).url);
    expect((await again.login(ADMIN.email)).user.role).toBe('user');
  });

  it('needs a password that is not the first one tried', async () => {
    const env = { ...ADMIN_ENV, ADMIN_PASSWORD: 'password' };
    await expect(startApp({ env })).rejects.toThrow(/ADMIN_PASSWORD is one of/);
  });
});

describe('a hash that was made when less was asked for', () => {
  it('is replaced at the next login, and the password stays the same', async () => {
    const { app, url } = await startApp();
    const http = new Http(url);
    const email = await http.register();
    const database = app.get(DataSource);
    const stored = async () =>
      (await database.query<{ password_hash: string }[]>('SELECT password_hash FROM users WHERE email = ?', [email]))[0]
        ?.password_hash;
    const weak = await hash(PASSWORD, { memoryCost: 4096, timeCost: 1 });
    await database.query('UPDATE users SET password_hash = ? WHERE email = ?', [weak, email]);
    await http.post('auth/login', { body: { email, password: 'wrong password' } });
    expect(await stored()).toBe(weak);
    await http.login(email);
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await http.login(email);
  });
});
