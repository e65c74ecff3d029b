import { randomInt } from 'node:crypto';
import { Accounts } from '../auth/accounts.service.js';
import { loadSettings } from '../config/env.js';
import { Redis } from '../redis/redis.js';
import { Users } from '../users/users.service.js';
import type { Command } from './command.js';
import { sockets, userNamed } from './revoke-user.js';
import { withServices } from './service.js';
import { Terminal } from './terminal.js';

/** Without letters and digits that look like others: it may be read out on a telephone. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP = 5;

/** Says everything on standard error, so that the password alone stands on standard output. */
class Aside extends Terminal {
  override say(text: string): void {
    this.complain(text);
  }
}

/** The way back for somebody who has forgotten their password, once you are sure that it is they who ask. */
export const resetPassword: Command = {
  name: 'reset-password',
  usage: 'EMAIL|ID',
  meaning: 'gives a user a new random password, prints it, and ends all their sessions; they change it after the login',
  options: {},
  words: 1,
  async run({ positionals: [who = ''] }, terminal) {
    const settings = loadSettings();
    return withServices(settings, async (app) => {
      const user = await userNamed(app.get(Users), who);
      const password = freshPassword();
      await app.get(Accounts).resetPassword(user.email, password);
      terminal.say(password);
      terminal.complain(`${user.email} has this password now, on standard output, and has to log in again.`);
      terminal.complain('Hand it over where nobody else reads it, and let them change it: POST auth/change-password.');
      if (user.disabledAt) terminal.complain('The account is disabled; an administrator has to enable it first.');
      return sockets(app.get(Redis), user, settings, new Aside());
    });
  },
};

/** About 99 bits. */
function freshPassword(): string {
  const group = () => Array.from({ length: GROUP }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
