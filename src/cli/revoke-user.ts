import { setTimeout as pause } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Sessions } from '../auth/sessions.service.js';
import { loadSettings } from '../config/env.js';
import type { Settings } from '../config/settings.js';
import { Redis } from '../redis/redis.js';
import type { User } from '../users/user.js';
import { Users } from '../users/users.service.js';
import { type Command, CommandFailed } from './command.js';
import { withServices } from './service.js';
import type { Terminal } from './terminal.js';

/** How long nodes may take to close the sockets, in milliseconds, and how often is looked. */
const PATIENCE_MS = 3000;
const LOOK_EVERY_MS = 50;

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
      const users = app.get(Users);
      const user = await (who.includes('@') ? users.findByEmail(who) : users.find(who));
      if (!user) throw new CommandFailed(`There is no user ${who}.`);
      await end(app, user, values.disable === true);
      terminal.say(`${user.email}: all sessions have ended${values.disable ? ', the account is disabled' : ''}.`);
      return sockets(app.get(Redis), user, settings, terminal);
    });
  },
};

async function end(app: INestApplicationContext, { id }: User, disable: boolean): Promise<void> {
  if (disable) await app.get(Users).govern(id, { disabled: true });
  await app.get(Sessions).endAll(id, disable ? 'account_disabled' : 'session_revoked');
}

/** Waits until the nodes have closed what hung on the sessions, and says so. */
async function sockets(redis: Redis, { id }: User, settings: Settings, terminal: Terminal): Promise<number> {
  if (settings.cluster.redisUrl === undefined) {
    const minutes = Math.ceil(settings.auth.accessTokenTtlMs / 60_000);
    terminal.say(
      [
        `REDIS_URL is not set, so a running node is not told. It refuses the user's requests and new sockets from now on;`,
        `sockets that are open close when their access token ends, within ${minutes} min (ACCESS_TOKEN_TTL).`,
        `To close them now restart the node, or end the sessions over REST: PATCH /api/v1/admin/users/${id} {"disabled":true}.`,
      ].join('\n'),
    );
    return 0;
  }
  const key = redis.keys.connections.ofUser(id);
  const deadline = Date.now() + PATIENCE_MS;
  let left;
  do {
    // Also before the first look: what tells the nodes leaves in the next turn.
    await pause(LOOK_EVERY_MS);
    left = await redis.send<number>('ZCARD', key);
  } while (left > 0 && Date.now() < deadline);
  if (left === 0) terminal.say('No socket of the user is open on any node.');
  else
    terminal.complain(
      `${left} sockets are still open after ${PATIENCE_MS / 1000} s. Are their nodes alive? Try again.`,
    );
  return left === 0 ? 0 : 1;
}
