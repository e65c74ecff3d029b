import { type INestApplicationContext, Logger } from '@nestjs/common';
import { Accounts } from './auth/accounts.service.js';
import { ADMIN_NAME, DEMO_PASSWORD } from './common/password-rules.js';
import { type AuthSettings, ServerSettings } from './config/settings.js';
import { Rooms } from './rooms/rooms.service.js';
import { Users } from './users/users.service.js';

const DEMO_ROOM = 'Living room';
const DEMO_NAMES = ['Alice', 'Bob', 'Carol'];
const demoEmail = (name: string) => `${name.toLowerCase()}@example.com`;

const logger = new Logger('seed');

/** Puts the first people into a database that has none: the administrator of the settings, and demo users for a newcomer. */
export async function seed(app: INestApplicationContext, { admin, seedDemo }: AuthSettings): Promise<void> {
  const isEmpty = await app.get(Users).isEmpty();
  if (admin) await firstAdmin(app, admin);
  if (seedDemo && isEmpty) await demo(app);
}

async function firstAdmin(
  app: INestApplicationContext,
  { email, password }: { email: string; password: string },
): Promise<void> {
  const users = app.get(Users);
  if (await users.hasAdmin()) return;
  if (await users.findByEmail(email)) {
    // Whoever registered this address need not be who the operator means.
    logger.warn(
      'ADMIN_EMAIL belongs to an account that is no administrator; choose another address or delete the account',
    );
    return;
  }
  await app.get(Accounts).create({ email, password, displayName: ADMIN_NAME, role: 'admin' });
}

async function demo(app: INestApplicationContext): Promise<void> {
  const accounts = app.get(Accounts);
  const ids: string[] = [];
  for (const displayName of DEMO_NAMES) {
    const account = { email: demoEmail(displayName), password: DEMO_PASSWORD, displayName, role: 'user' } as const;
    ids.push((await accounts.create(account)).id);
  }
  const [owner, ...members] = ids;
  if (owner) await app.get(Rooms).create(owner, DEMO_ROOM, members);
}

/** What a newcomer can paste into a shell; undefined where there are no demo users. @param url such as http://localhost:8080 */
export async function demoHint(app: INestApplicationContext, url: string): Promise<string | undefined> {
  const [alice] = DEMO_NAMES.map(demoEmail);
  if (!alice || !(await app.get(Users).findByEmail(alice))) return undefined;
  const body = JSON.stringify({ email: alice, password: DEMO_PASSWORD });
  return `
  Demo users: ${DEMO_NAMES.map(demoEmail).join(', ')}
  Password:   ${DEMO_PASSWORD}

  Log in and keep the token:
    TOKEN=$(curl -s ${url}/api/v1/auth/login -H 'Content-Type: application/json' -d '${body}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  Connect, then type {"type":"ping"}:
    npx wscat -c "${url.replace('http', 'ws')}/ws?token=$TOKEN"
${app.get(ServerSettings).consoleEnabled ? `  Or log two of them in side by side:\n    ${url}/console\n` : ''}`;
}
