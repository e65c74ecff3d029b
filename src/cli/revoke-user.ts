import type { INestApplicationContext } from '@nestjs/common';
import { SecurityLog } from '../auth/security-log.js';
import { Sessions } from '../auth/sessions.service.js';
import { loadSettings } from '../config/env.js';
import type { Settings } from '../config/settings.js';
import { Redis } from '../redis/redis.js';
import type { User } from '../users/user.js';
import { Users } from '../users/users.service.js';
import type { Command } from './command.js';
import { CommandFailed } from './command-failed.js';
import { PATIENCE_MS, toldByRedis, untilNone } from './open-sockets.js';
import { withServices } from './service.js';
import type { Terminal } from './terminal.js';

/** Ends every session of a user, on all nodes, and with --disable keeps them from logging in again. */
export const revokeUser: Command = {
  name: 'revoke-user',
  usage: 'EMAIL|ID [--disable]',
  meaning: 'ends all sessions of a user and closes the sockets; --disable keeps them from logging in again',
  options: { disable: { type: 'boolean', default: false } },
  words: 1,
  async run({ positionals: [who = ''], values }, terminal) {
    const settings = loadSettings();
    return withServices(settings, async (app) => {
      const user = await userNamed(app.get(Users), who);
      await end(app, user, values.disable === true);
      terminal.say(`${user.email}: all sessions have ended${values.disable ? ', the account is disabled' : ''}.`);
      return sockets(app.get(Redis), user, settings, terminal);
    });
  },
};

/** @param who an e-mail or an id @throws CommandFailed */
export async function userNamed(users: Users, who: string): Promise<User> {
  const user = await (who.includes('@') ? users.findByEmail(who) : users.find(who));
  if (!user) throw new CommandFailed(`There is no user ${who}.`);
  return user;
}

async function end(app: INestApplicationContext, { id }: User, disable: boolean): Promise<void> {
  if (disable) {
    await app.get(Users).govern(id, { disabled: true });
    app.get(SecurityLog).record('account_disabled', { user_id: id });
  }
  await app.get(Sessions).endAll(id, disable ? 'account_disabled' : 'session_revoked');
}

/** Waits until the nodes have closed what hung on the sessions, and says so. */
async function sockets(redis: Redis, { id }: User, settings: Settings, terminal: Terminal): Promise<number> {
  const advice = [
    'node without Redis closes them when it restarts, or when an administrator disables the account over REST:',
    `  PATCH /api/v1/admin/users/${id} {"disabled":true}, and false afterwards if the user may return.`,
  ];
  if (!toldByRedis(settings, advice, terminal)) return 0;
  const left = await untilNone(() => redis.send<number>('ZCARD', redis.keys.connections.ofUser(id)));
  if (left === 0) terminal.say('No socket of the user is open on any node.');
  else
    terminal.complain(
      `${left} sockets are still open after ${PATIENCE_MS / 1000} s. Are their nodes alive? Try again.`,
    );
  return left === 0 ? 0 : 1;
}
