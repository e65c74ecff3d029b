import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Console } from '../support/console.js';
import { overhang, SHOTS, violations } from '../support/page-look.js';

const WITHIN = { timeout: 15_000 };
const DESKTOP = { width: 1440, height: 1000 };
const PHONE = { width: 390, height: 844 };
const looks = [
  { name: 'light', colorScheme: 'light', viewport: DESKTOP },
  { name: 'dark', colorScheme: 'dark', viewport: DESKTOP },
  { name: 'phone', colorScheme: 'light', viewport: PHONE },
  { name: 'phone-dark', colorScheme: 'dark', viewport: PHONE },
] as const;

describe('the look of the console', () => {
  it.for(looks)('has no fault that axe finds and no sideways scrolling ($name)', async (look, context) => {
    const isPhone = look.viewport === PHONE;
    const console = await Console.open(context, { page: { colorScheme: look.colorScheme, viewport: look.viewport } });
    const { page } = console;
    mkdirSync(SHOTS, { recursive: true });
    const holds = async (name: string) => {
      await page.screenshot({ path: join(SHOTS, `console-${look.name}-${name}.png`) });
      expect(await violations(page), name).toEqual([]);
      expect(await overhang(page), name).toBeLessThanOrEqual(0);
    };
    await holds('login');
    const admin = await console.admin('First user');
    if (isPhone) await page.getByRole('button', { name: 'Second user' }).click();
    const bob = await console.demoUser('Second user', 'Bob');
    await bob.element.getByLabel('Type something').fill('halo');
    await bob.card('Send').getByLabel('Message').selectOption('presence_subscribe');
    await bob.card('Frames').locator('summary').first().click();
    await holds('user');
    if (isPhone) await page.getByRole('button', { name: 'Administrator' }).click();
    await admin
      .card('Administration')
      .getByRole('button', { name: /^Kick Bob/ })
      .click();
    await expect.poll(() => admin.card('Administration').innerText(), WITHIN).toContain('is closed');
    await holds('administrator');
    if (isPhone) await page.getByRole('button', { name: 'Bob' }).click();
    await bob.says(bob.card('Connection'), 'Disconnected');
    await holds('kicked');
    expect(console.complaints).toEqual([]);
  });

  it('follows the choice of colours and keeps it', async (context) => {
    const { page } = await Console.open(context, { page: { colorScheme: 'light' } });
    const paper = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await paper();
    await page.getByLabel('Colours').selectOption('dark');
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByLabel('Colours').waitFor();
    expect(await paper()).toBe(dark);
  });
});

describe('the keyboard alone', () => {
  it('logs in, chooses a status, sends a message and logs out', async (context) => {
    const console = await Console.open(context);
    const { keyboard } = console.page;
    const focused = () =>
      console.page.evaluate<string>(
        '(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim() || document.activeElement.ariaLabel',
      );
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await keyboard.press('Tab');
        if ((await focused()) === name) return;
      }
      throw new Error(`Tab does not lead to ${name}`);
    };
    await keyboard.press('Tab');
    expect(await focused()).toBe('To the content');
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    expect(await focused()).toBe('E-mail');
    await keyboard.type('alice@example.com');
    await tabTo('Password');
    await keyboard.type('hadir-demo-2026');
    await keyboard.press('Enter');
    const alice = await console.connected('Alice');
    expect(await focused()).toBe('Alice');
    await tabTo('Message');
    await tabTo('Send ping');
    await keyboard.press('Enter');
    await alice.says(alice.card('Send'), / after /);
    await alice.element.getByRole('heading', { name: 'Alice' }).focus();
    await tabTo('Log out');
    await keyboard.press('Enter');
    await expect.poll(focused, WITHIN).toBe('E-mail');
  });
});
