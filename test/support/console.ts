import type { Locator, Page } from 'playwright-core';
import { expect, type TestContext } from 'vitest';
import { openBrowser } from './browser.js';
import { freePort } from './free-port.js';
import { ADMIN_ENV } from './people.js';
import { type Server, startServer } from './server.js';

/** Of the demo users, as the server prints it. */
const DEMO_PASSWORD = 'hadir-demo-2026';
const WITHIN = { timeout: 15_000 };

interface Options {
  readonly env?: Record<string, string>;
  readonly page?: Parameters<Awaited<ReturnType<typeof openBrowser>>['newPage']>[0];
}

/** One half of the page. */
export class ConsolePane {
  constructor(
    readonly page: Page,
    readonly name: string,
  ) {}

  get element(): Locator {
    return this.page.getByRole('region', { name: this.name, exact: true });
  }

  card(name: string): Locator {
    return this.element.getByRole('group', { name, exact: true });
  }

  /** The row of somebody in the list of members. */
  member(name: string): Locator {
    return this.card('Rooms').getByRole('listitem').filter({ hasText: name });
  }

  frames(): Promise<string[]> {
    return this.card('Frames').locator('li > details > summary').allInnerTexts();
  }

  /** Waits until a part of the pane says something. */
  async says(part: Locator, text: string | RegExp): Promise<void> {
    await expect.poll(() => part.allInnerTexts().then((texts) => texts.join('\n')), WITHIN).toMatch(text);
  }
}

/** The console of a fresh server with demo users and an administrator, in Chromium. */
export class Console {
  /** What the browser complained about: a broken policy, a script that failed. */
  readonly complaints: string[] = [];

  private constructor(
    readonly server: Server,
    readonly page: Page,
  ) {
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(context: TestContext, { env = {}, page = {} }: Options = {}): Promise<Console> {
    const browser = await openBrowser(context);
    const port = String(await freePort());
    const server = await startServer({
      env: { PORT: port, ALLOWED_ORIGINS: `http://127.0.0.1:${port}`, ...ADMIN_ENV, ...env },
    });
    const console = new Console(server, await browser.newPage({ viewport: { width: 1440, height: 900 }, ...page }));
    await console.page.goto(`${server.url}/console`);
    await console.page.getByLabel('E-mail').first().waitFor();
    return console;
  }

  pane(name: string): ConsolePane {
    return new ConsolePane(this.page, name);
  }

  async logIn(pane: 'First user' | 'Second user', email: string, password: string): Promise<void> {
    const { element } = this.pane(pane);
    await element.getByLabel('E-mail').fill(email);
    await element.getByLabel('Password').fill(password);
    await element.getByRole('button', { name: 'Log in' }).click();
  }

  /** A demo user, connected. */
  async demoUser(pane: 'First user' | 'Second user', name: 'Alice' | 'Bob'): Promise<ConsolePane> {
    await this.logIn(pane, `${name.toLowerCase()}@example.com`, DEMO_PASSWORD);
    return this.connected(name);
  }

  async admin(pane: 'First user' | 'Second user'): Promise<ConsolePane> {
    await this.logIn(pane, ADMIN_ENV.ADMIN_EMAIL, ADMIN_ENV.ADMIN_PASSWORD);
    return this.connected('Administrator');
  }

  async connected(name: string): Promise<ConsolePane> {
    const pane = this.pane(name);
    await pane.says(pane.card('Connection'), 'Connected');
    return pane;
  }
}

/** The access token of a demo user, as somebody would paste it. */
export async function demoToken({ url }: Server, email: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: DEMO_PASSWORD }),
  });
  return ((await response.json()) as { data: { access_token: string } }).data.access_token;
}
