import { setTimeout as pause } from 'node:timers/promises';
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
import { withServices } from './service.js';
import { minutes } from './minutes.js';
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
  if (disable) {
    await app.get(Users).govern(id, { disabled: true });
    app.get(SecurityLog).record('account_disabled', { user_id: id });
  }
  await app.get(Sessions).endAll(id, disable ? 'account_disabled' : 'session_revoked');
}

/** Waits until the nodes have closed what hung on the sessions, and says so. */
async function sockets(redis: Redis, { id }: User, settings: Settings, terminal: Terminal): Promise<number> {
  if (settings.cluster.redisUrls === undefined) {
    terminal.complain(
      [
        `REDIS_URL is not set here, so no running node is told. Every node refuses the user's requests and new sockets from`,
        `now on, but sockets that are open stay so until their access token ends, up to ${minutes(settings.auth.accessTokenTtlMs)} (ACCESS_TOKEN_TTL).`,
        'To close them now: where the nodes have a Redis, run this once more with their REDIS_URL and REDIS_PREFIX. A single',
        'node without Redis closes them when it restarts, or when an administrator disables the account over REST:',
        `  PATCH /api/v1/admin/users/${id} {"disabled":true}, and false afterwards if the user may return.`,
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
