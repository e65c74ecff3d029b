import type { INestApplicationContext } from '@nestjs/common';
import { Sessions } from '../auth/sessions.service.js';
import { loadSettings } from '../config/env.js';
import type { Settings } from '../config/settings.js';
import { Redis } from '../redis/redis.js';
import { Users } from '../users/users.service.js';
import type { Command } from './command.js';
import { CommandFailed } from './command-failed.js';
import { openSockets, PATIENCE_MS, toldByRedis, untilNone } from './open-sockets.js';
import { userNamed } from './revoke-user.js';
import { withServices } from './service.js';
import type { Terminal } from './terminal.js';

/** Users whose sessions are ended at once; each is a transaction and a word to the nodes. */
const AT_ONCE = 8;
const PAGE = 200;

const ADVICE = ['node without Redis closes them when it restarts.'];

/** Logs everybody out, as after a leak of a secret or of the database: every session, and its sockets on every node. */
export const endSessions: Command = {
  name: 'end-sessions',
  usage: '[--user EMAIL|ID] [--yes]',
  meaning: 'ends all sessions of all users, or of one, and closes the sockets; asks first, unless --yes says it',
  options: { user: { type: 'string' }, yes: { type: 'boolean', default: false } },
  words: 0,
  async run({ values: { user: who, yes } }, terminal) {
    const settings = loadSettings();
    const whom = typeof who === 'string' ? `of ${who}` : 'of all users';
    if (yes !== true) await confirm(`End all sessions ${whom}? `, terminal);
    return withServices(settings, async (app) => {
      const ids =
        typeof who === 'string' ? [(await userNamed(app.get(Users), who)).id] : await everybody(app, settings);
      for (let at = 0; at < ids.length; at += AT_ONCE)
        await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => app.get(Sessions).endAll(id)));
      terminal.say(`All sessions ${whom} have ended${typeof who === 'string' ? '' : `: ${ids.length} users`}.`);
      if (!toldByRedis(settings, ADVICE, terminal)) return 0;
      return report(await left(app, new Set(ids)), terminal);
    });
  },
};

async function confirm(question: string, terminal: Terminal): Promise<void> {
  if (!terminal.isInteractive) throw new CommandFailed('Nothing was done: where nobody can be asked, say --yes.');
  if ((await terminal.answer(`${question}Type yes: `)) !== 'yes') throw new CommandFailed('Nothing was done.');
}

/** Who has a session, or a socket that a session left behind where nodes were not told of its end. */
async function everybody(app: INestApplicationContext, { cluster }: Settings): Promise<string[]> {
  const sockets = cluster.redisUrls === undefined ? [] : await openSockets(app.get(Redis));
  const ids = new Set(sockets.map(({ userId }) => userId));
  let page: string[] = [];
  do {
    page = await app.get(Sessions).holders(page.at(-1) ?? '', PAGE);
    for (const id of page) ids.add(id);
  } while (page.length === PAGE);
  return [...ids];
}

/** Sockets of those who have logged in again meanwhile are none of ours. */
async function left(app: INestApplicationContext, ended: ReadonlySet<string>): Promise<number> {
  const redis = app.get(Redis);
  const theirs = (await openSockets(redis)).filter(({ userId }) => ended.has(userId));
  const alive = await stillAlive(app, [...new Set(theirs.map(({ sessionId }) => sessionId))]);
  const doomed = new Set(theirs.filter(({ sessionId }) => !alive.has(sessionId)).map(({ id }) => id));
  return untilNone(async () => (await openSockets(redis)).filter(({ id }) => doomed.has(id)).length);
}

async function stillAlive(app: INestApplicationContext, sessionIds: readonly string[]): Promise<Set<string>> {
  const alive = new Set<string>();
  for (let at = 0; at < sessionIds.length; at += PAGE)
    for (const id of await app.get(Sessions).alive(sessionIds.slice(at, at + PAGE))) alive.add(id);
  return alive;
}

function report(sockets: number, terminal: Terminal): number {
  if (sockets === 0) terminal.say('No socket of theirs is open on any node.');
  else
    terminal.complain(
      `${sockets} sockets are still open after ${PATIENCE_MS / 1000} s. Are their nodes alive? Try again.`,
    );
  return sockets === 0 ? 0 : 1;
}
