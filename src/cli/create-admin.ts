import { z } from 'zod';
import { Accounts } from '../auth/accounts.service.js';
import { SecurityLog } from '../auth/security-log.js';
import { ADMIN_NAME, type PasswordContext, weakness, weaknessHere } from '../common/password-rules.js';
import { loadSettings } from '../config/env.js';
import { Users } from '../users/users.service.js';
import type { Command } from './command.js';
import { CommandFailed } from './command-failed.js';
import { withServices } from './service.js';
import type { Terminal } from './terminal.js';

const MAX_NAME = 80;

/** Makes an administrator out of nothing, or out of an account that there is. */
export const createAdmin: Command = {
  name: 'create-admin',
  usage: 'EMAIL [--name NAME] | EMAIL --promote',
  meaning: 'makes an administrator; the password is asked for, or read from standard input',
  options: { name: { type: 'string', default: ADMIN_NAME }, promote: { type: 'boolean', default: false } },
  words: 1,
  async run({ positionals: [email = ''], values }, terminal) {
    if (!z.email().max(254).safeParse(email).success) throw new CommandFailed(`${email} is no e-mail address.`);
    const settings = loadSettings();
    if (values.promote) await withServices(settings, (app) => promote(app.get(Users), app.get(SecurityLog), email));
    else {
      const person = { email, displayName: nameOf(values.name) };
      const password = await newPassword(terminal, { ...person, origins: settings.server.allowedOrigins });
      await withServices(settings, (app) => create(app.get(Users), app.get(Accounts), { ...person, password }));
    }
    terminal.say(`${email} is an administrator now.`);
    return 0;
  },
};

function nameOf(value: unknown): string {
  const name = String(value).trim();
  if (name === '' || name.length > MAX_NAME) throw new CommandFailed(`--name must have 1 to ${MAX_NAME} characters.`);
  return name;
}

async function newPassword(terminal: Terminal, context: PasswordContext): Promise<string> {
  const password = await terminal.secret('Password: ');
  const weak = weakness(password) ?? weaknessHere(password, context);
  if (weak) throw new CommandFailed(`The password ${weak}.`);
  if (terminal.isInteractive && (await terminal.secret('Again: ')) !== password)
    throw new CommandFailed('The two passwords differ; nothing was made.');
  return password;
}

async function create(
  users: Users,
  accounts: Accounts,
  account: { email: string; displayName: string; password: string },
): Promise<void> {
  if (await users.findByEmail(account.email))
    throw new CommandFailed(`${account.email} has an account already; --promote makes it an administrator.`);
  await accounts.create({ ...account, role: 'admin' });
}

async function promote(users: Users, log: SecurityLog, email: string): Promise<void> {
  const user = await users.findByEmail(email);
  if (!user) throw new CommandFailed(`${email} has no account; without --promote one is made.`);
  if (user.disabledAt) throw new CommandFailed(`${email} is disabled; an administrator has to enable it first.`);
  await users.govern(user.id, { role: 'admin' });
  log.record('role_changed', { user_id: user.id, role: 'admin' });
}
