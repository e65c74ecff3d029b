import { hash, parseOptions } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/env.js';
import { HashGate } from '../../src/auth/hash-gate.js';
import { Passwords } from '../../src/auth/passwords.js';
import { weakness, weaknessHere } from '../../src/common/password-rules.js';

const ARGON2ID = 2;
const { server } = loadSettings({ DATABASE_URL: 'sqlite::memory:' });

describe('a password', () => {
  it('is kept as argon2id with 19 MiB, two passes, one lane and a salt of 16 bytes, fresh each time', async () => {
    const passwords = new Passwords(server);
    const [first, second] = [await passwords.hash('a good password'), await passwords.hash('a good password')];
    expect(parseOptions(first)).toMatchObject({ algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    expect(parseOptions(first).saltLen).toBeGreaterThanOrEqual(16);
    expect(first).not.toBe(second);
    expect(await passwords.matches('a good password', first)).toBe(true);
    expect(await passwords.matches('a good passwore', first)).toBe(false);
  });

  it('matches nothing where there is no hash, after the same work', async () => {
    expect(await new Passwords(server).matches('anything', undefined)).toBe(false);
  });

  it.each([
    [{ memoryCost: 4096 }, true],
    [{ timeCost: 1 }, true],
    [{ algorithm: 1 }, true],
    [{ memoryCost: 65_536, timeCost: 3 }, false],
  ])('hashed with %j is weak: %s', async (options, weak) => {
    const good = { memoryCost: 19_456, timeCost: 2, parallelism: 1, algorithm: ARGON2ID };
    expect(new Passwords(server).isWeak(await hash('x', { ...good, ...options }))).toBe(weak);
  });
});

describe('a new password', () => {
  it.each([
    '',
    'seven77',
    'é'.repeat(7),
    '😀'.repeat(7),
    'x'.repeat(1025),
    '😀'.repeat(257),
    'password',
    'Password1',
    '12345678',
    'iloveyou',
    'hadir-demo-2026',
    42,
    null,
  ])('is refused: %#', (password) => expect(weakness(password)).toBeTypeOf('string'));

  it.each(['é'.repeat(8), '😀'.repeat(8), 'correct horse battery staple', '😀'.repeat(256), '    pin 4711    '])(
    'is taken: %#',
    (password) => {
      expect(weakness(password)).toBeUndefined();
    },
  );
});

describe('a new password of somebody', () => {
  const ani = {
    email: 'ani.wijaya@example.com',
    displayName: 'Ani Łucja-Kartika',
    origins: ['https://chat.warungkopi.co.id', 'http://localhost:3000'],
  };

  it.each([
    ['the product', 'hadirhadir'],
    ['the product and a year', 'Hadir2026!'],
    ['the product in digits and signs', 'H4D1R-2026'],
    ['the product and what everybody tries', 'hadir12345678'],
    ['the product and a row of one sign', 'hadir!!!!!!!!!!!!'],
    ['a name', 'kartika.99'],
    ['a name without its accent', 'KART1KA-kartika'],
    ['the mailbox', 'wijaya2026'],
    ['the mailbox, the product and a little', 'Wijaya@Hadir#1'],
    ['the host', 'WarungKopi1'],
    ['the machine', 'l0calhost:3000'],
  ])('is refused where it is %s', (_what, password) => {
    expect(weakness(password)).toBeUndefined();
    expect(weaknessHere(password, ani)).toContain('too short without');
  });

  it.each([
    'saya hadir di kantor setiap pagi',
    'hadir-7Kq2-mWz9',
    'kartika suka nasi goreng',
    'correct horse battery staple',
    'anianianiani',
    '😀'.repeat(8),
  ])('may hold the words among others: %s', (password) => expect(weaknessHere(password, ani)).toBeUndefined());

  it('is refused for the names of its own user only', () => {
    expect(weaknessHere('kartika.99', { ...ani, displayName: 'Budi' })).toBeUndefined();
    expect(weaknessHere('Warungkopi1', { ...ani, origins: [] })).toBeUndefined();
  });
});

describe('the gate before the hashes', () => {
  it('lets two in, keeps a short line and sends the rest away; and opens again after a failure', async () => {
    const gate = new HashGate();
    const ends: (() => void)[] = [];
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise<void>((resolve) => ends.push(resolve));
      inside -= 1;
      throw new Error('failed');
    };
    const calls = Array.from({ length: 100 }, () =>
      gate.pass(work).catch((error: unknown) => (error as Error).message),
    );
    while (ends.length > 0) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const results = await Promise.all(calls);
    expect(most).toBe(2);
    expect(results.filter((result) => result === 'failed')).toHaveLength(26);
    expect(results.filter((result) => result !== 'failed')).toHaveLength(74);
    expect(await gate.pass(async () => 'open')).toBe('open');
  });

  it('admits no more to the way there than it could serve, and others when these are through', async () => {
    const gate = new HashGate();
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const calls = Array.from({ length: 100 }, () => gate.admit(() => ended.then(() => 'through')));
    const refused = Promise.allSettled(calls.slice(26));
    expect(new Set((await refused).map(({ status }) => status))).toEqual(new Set(['rejected']));
    end();
    expect(new Set(await Promise.all(calls.slice(0, 26)))).toEqual(new Set(['through']));
    expect(await gate.admit(async () => 'open')).toBe('open');
  });
});
