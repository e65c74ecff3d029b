import { describe, expect, it } from 'vitest';
import { clientMessages } from '../../src/protocol/index.js';
import { Console, type ConsolePane, demoToken } from '../support/console.js';

const WITHIN = { timeout: 15_000 };

async function aliceAndBob(console: Console): Promise<[ConsolePane, ConsolePane]> {
  return [await console.demoUser('First user', 'Alice'), await console.demoUser('Second user', 'Bob')];
}

describe('two users side by side', () => {
  it('see each other come, change their status and go', async (context) => {
    const console = await Console.open(context);
    const [alice, bob] = await aliceAndBob(console);
    await alice.says(alice.member('Bob'), 'online');
    await bob.says(bob.member('Carol'), 'offline');
    await alice.element.getByLabel('Your status').selectOption('busy');
    await bob.says(bob.member('Alice'), 'busy');
    await alice.element.getByLabel('Your status').selectOption('invisible');
    await bob.says(bob.member('Alice'), 'offline');
    await alice.says(alice.member('Alice (you)'), 'invisible');
    await bob.element.getByRole('button', { name: 'Log out' }).click();
    await alice.says(alice.member('Bob'), 'offline');
    expect(console.complaints).toEqual([]);
  });

  it('see each other type, and stop', async (context) => {
    const console = await Console.open(context);
    const [alice, bob] = await aliceAndBob(console);
    const field = alice.element.getByLabel('Type something');
    await field.pressSequentially('halo');
    await bob.says(bob.member('Alice'), 'typing');
    await field.press('Enter');
    await expect.poll(() => bob.member('Alice').innerText(), WITHIN).not.toContain('typing');
    expect(await alice.member('Alice').innerText()).not.toContain('typing');
  });

  it('meet in a new room as soon as one adds the other', async (context) => {
    const console = await Console.open(context);
    const [alice, bob] = await aliceAndBob(console);
    await alice.element.getByLabel('New room').fill('Kitchen');
    await alice.element.getByRole('button', { name: 'Create' }).click();
    const kitchen = alice.card('Rooms').getByRole('group').filter({ hasText: 'Kitchen' });
    await kitchen.getByText('Kitchen').click();
    await kitchen.getByLabel('Add a member by name').fill('Bob');
    await kitchen.getByRole('button', { name: 'Add' }).click();
    await bob.says(bob.card('Rooms'), 'Kitchen');
    await alice.says(kitchen, 'Bob');
  });
});

describe('somebody in more than a hundred rooms', () => {
  it('is told that the list is cut, and still sees a room that is new', async (context) => {
    const console = await Console.open(context);
    const token = await demoToken(console.server, 'alice@example.com');
    for (let index = 1; index <= 101; index += 1)
      await fetch(`${console.server.url}/api/v1/rooms`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: `room ${index}` }),
      });
    const alice = await console.demoUser('First user', 'Alice');
    const rooms = alice.card('Rooms');
    await alice.says(rooms, 'The first 100 rooms are shown');
    expect(await rooms.innerText()).not.toContain('room 101');
    await rooms.getByLabel('New room').fill('the newest');
    await rooms.getByRole('button', { name: 'Create' }).click();
    await expect.poll(() => rooms.getByText('the newest').isVisible(), WITHIN).toBe(true);
  });
});

describe('the composer', () => {
  it('has a form for every message of the catalogue, and sends it', async (context) => {
    const console = await Console.open(context);
    const [alice] = await aliceAndBob(console);
    const composer = alice.card('Send');
    await alice.says(alice.card('Rooms'), 'Living room');
    expect(clientMessages.length).toBeGreaterThan(5);
    for (const { type, replyType } of clientMessages) {
      await composer.getByLabel('Message').selectOption(type);
      const fresh = composer.getByRole('button', { name: 'Get a fresh one' });
      if (await fresh.count()) {
        await fresh.click();
        await expect.poll(() => composer.getByLabel('token').inputValue(), WITHIN).not.toBe('');
      }
      await composer.getByRole('button', { name: `Send ${type}` }).click();
      await alice.says(composer, / after [\d.]+ m?s/);
      await composer.getByLabel('Message').selectOption('raw text');
      expect(replyType).toMatch(/^(ack|pong)$/);
    }
    await alice.card('Frames').getByLabel('Pings').check();
    const frames = (await alice.frames()).join('\n');
    for (const { type } of clientMessages) expect(frames).toMatch(new RegExp(`sent\\s+${type}\\b`));
    expect(frames).not.toContain('eyJ');
    expect(frames).not.toMatch(/received\s+error/);
    expect(console.complaints).toEqual([]);
  });

  it('shows what the server says to nonsense', async (context) => {
    const console = await Console.open(context);
    const alice = await console.demoUser('First user', 'Alice');
    const composer = alice.card('Send');
    await composer.getByLabel('Message').selectOption('raw text');
    await composer.getByLabel('Text of the frame').fill('{ nonsense');
    await composer.getByRole('button', { name: 'Send the text' }).click();
    await alice.says(alice.card('Frames'), 'bad_json');
    await composer.getByLabel('Message').selectOption('presence_subscribe');
    for (const box of await composer.getByRole('checkbox').all()) await box.uncheck();
    await composer.getByRole('button', { name: 'Send presence_subscribe' }).click();
    await alice.says(composer, /validation_failed.*user_ids/);
  });
});

describe('the log of frames', () => {
  it('is filtered by words, by direction and without pings', async (context) => {
    const console = await Console.open(context);
    const [alice, bob] = await aliceAndBob(console);
    const card = alice.card('Frames');
    await bob.element.getByLabel('Your status').selectOption('away');
    await alice.says(card, 'user_status_change');
    expect((await alice.frames()).join('\n')).not.toMatch(/\bp[io]ng\b/);
    await card.getByLabel('Pings').check();
    await alice.says(card, /sent\s+ping/);
    await card.getByLabel('Search').fill('away');
    await expect.poll(() => alice.frames(), WITHIN).toHaveLength(1);
    expect((await alice.frames())[0]).toMatch(/received\s+user_status_change[^]*Bob/);
    await card.getByLabel('Direction').selectOption('Sent');
    await expect.poll(() => alice.frames(), WITHIN).toEqual([]);
    await card.getByLabel('Search').fill('');
    await expect.poll(() => alice.frames(), WITHIN).not.toHaveLength(0);
    for (const frame of await alice.frames()) expect(frame).toMatch(/^\S*\s*↑\s*sent/);
  });

  it('opens a frame as it went', async (context) => {
    const console = await Console.open(context);
    const alice = await console.demoUser('First user', 'Alice');
    const card = alice.card('Frames');
    await card.getByLabel('Search').fill('connection_id');
    await card.locator('summary').first().click();
    await alice.says(card.locator('pre'), /"type": "connected",\n {2}"data": \{\n {4}"connection_id"/);
  });
});

describe('an administrator', () => {
  it('sees who is connected and kicks; the kicked one is told why and can return', async (context) => {
    const console = await Console.open(context);
    const bob = await console.demoUser('Second user', 'Bob');
    const admin = await console.admin('First user');
    const kick = admin.card('Administration').getByRole('button', { name: /^Kick Bob/ });
    await expect.poll(() => kick.count(), WITHIN).toBe(1);
    await kick.click();
    const connection = bob.card('Connection');
    await bob.says(connection, 'Disconnected');
    await bob.says(connection, /1000 closed by an administrator[^]*an administrator closed this connection/);
    await bob.says(bob.card('Frames'), /close\s+1000 closed by an administrator/);
    await expect.poll(() => kick.count(), WITHIN).toBe(0);
    await connection.getByRole('button', { name: 'Connect' }).click();
    await bob.says(connection, /Connected/);
    expect(await connection.innerText()).not.toContain('administrator');
  });

  it('adds an origin and removes it', async (context) => {
    const console = await Console.open(context);
    const admin = await console.admin('First user');
    const card = admin.card('Administration');
    await card.getByLabel('Add an origin').fill('https://app.example.com/');
    await card.getByRole('button', { name: 'Add' }).click();
    await admin.says(card, /must be an exact origin/);
    await card.getByLabel('Add an origin').fill('https://app.example.com');
    await card.getByRole('button', { name: 'Add' }).click();
    const remove = card.getByRole('button', { name: 'Remove https://app.example.com' });
    await remove.click();
    await expect.poll(() => remove.count(), WITHIN).toBe(0);
  });

  it('is the only one who has these cards', async (context) => {
    const console = await Console.open(context);
    const alice = await console.demoUser('First user', 'Alice');
    expect(await alice.card('Administration').count()).toBe(0);
  });
});

describe('the door', () => {
  it('says what is wrong with a password', async (context) => {
    const console = await Console.open(context);
    await console.logIn('First user', 'alice@example.com', 'not this one');
    await expect
      .poll(() => console.page.getByRole('alert').innerText(), WITHIN)
      .toContain('E-mail or password is wrong');
  });

  it('takes a token from elsewhere, and leaves its session alive', async (context) => {
    const console = await Console.open(context);
    const token = await demoToken(console.server, 'bob@example.com');
    const { element } = console.pane('Second user');
    await element.getByText('Use an access token instead').click();
    await element.getByLabel('Access token').fill(token);
    await element.getByRole('button', { name: 'Use the token' }).click();
    const bob = await console.connected('Bob');
    await bob.element.getByRole('button', { name: 'Log out' }).click();
    await element.getByLabel('E-mail').waitFor();
    const me = await fetch(`${console.server.url}/api/v1/users/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(me.status).toBe(200);
  });

  it('forgets everybody with a reload', async (context) => {
    const console = await Console.open(context);
    await console.demoUser('First user', 'Alice');
    expect(await console.page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(
      'eyJ',
    );
    await console.page.reload();
    await expect.poll(() => console.page.getByLabel('E-mail').count(), WITHIN).toBe(2);
  });

  it('tells a page whose origin is not allowed what to do', async (context) => {
    const console = await Console.open(context, { env: { ALLOWED_ORIGINS: 'https://yourapp.com' } });
    await console.logIn('First user', 'alice@example.com', 'hadir-demo-2026');
    const alice = console.pane('Alice');
    await alice.says(alice.card('Connection'), /not on the whitelist[^]*ALLOWED_ORIGINS/);
  });

  it('is shut in production for everybody but administrators', async (context) => {
    const env = { NODE_ENV: 'production', CONSOLE_ENABLED: 'true', REGISTRATION: 'open', SEED_DEMO: 'false' };
    const console = await Console.open(context, {
      env: { ...env, JWT_SECRET: 'a secret of a production server in a test' },
    });
    const somebody = { email: 'dewi@example.com', password: 'ketuk pintu tiga kali', display_name: 'Dewi' };
    await fetch(`${console.server.url}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(somebody),
    });
    await console.logIn('First user', somebody.email, somebody.password);
    await expect.poll(() => console.page.getByRole('alert').innerText(), WITHIN).toContain('Only administrators');
    await console.admin('First user');
  });
});
