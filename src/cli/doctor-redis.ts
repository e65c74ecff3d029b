import { SystemClock } from '../common/clock.js';
import { reason } from '../common/reason.js';
import type { Settings } from '../config/settings.js';
import { Redis } from '../redis/redis.js';
import type { Reply } from '../redis/server.js';
import { shownAddress } from './address.js';
import { compareClocks } from './doctor-clock.js';
import { type Finding, fail, ok, warn } from './finding.js';

const CHECK = 'redis';
const PATIENCE_MS = 3000;
const LEAST_MAJOR = 7;
const WRITE = "return redis.call('SET', KEYS[1], 1, 'PX', 1000)";

export async function checkRedis({ cluster: { redisUrls: urls, redisPrefix: prefix } }: Settings): Promise<Finding[]> {
  if (urls === undefined) return [ok(CHECK, 'REDIS_URL is not set: this is the only node')];
  const shown = urls.map(shownAddress).join(', ');
  const redis = new Redis({ urls, prefix }, new SystemClock());
  try {
    await redis.commands.open(PATIENCE_MS);
    return await look(redis, shown);
  } catch (error) {
    const why = reason(error);
    const advice = why.includes('replica')
      ? 'Name the primary in REDIS_URL.'
      : 'Is the server up, and are host, port, password and redis:// or rediss:// right?';
    return [fail(CHECK, `${shown}: ${why}`, advice)];
  } finally {
    redis.onApplicationShutdown();
  }
}

async function look(redis: Redis, shown: string): Promise<Finding[]> {
  const began = Date.now();
  const [seconds, micros] = (await say(redis, 'TIME')) as [string, string];
  const took = Date.now() - began;
  const info = String(await say(redis, 'INFO'));
  const version = /^valkey_version:(\S+)/m.exec(info)?.[1] ?? /^redis_version:(\S+)/m.exec(info)?.[1] ?? '?';
  const isOld = Number.parseInt(version, 10) < LEAST_MAJOR;
  const answers = `${shown}: version ${version} answers in ${took} ms`;
  return [
    isOld
      ? fail(CHECK, `${answers}, which is too old`, `Take Redis ${LEAST_MAJOR} or newer, or Valkey.`)
      : ok(CHECK, answers),
    ...memory(info),
    await rights(redis),
    compareClocks('Redis', Number(seconds) * 1000 + Number(micros) / 1000, began + took / 2),
  ];
}

/** A command about no key. */
function say(redis: Redis, command: string): Promise<Reply> {
  return redis.commands.run((server) => server.send('', [command]));
}

function memory(info: string): Finding[] {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === undefined || policy === 'noeviction') return [];
  return [warn(CHECK, `maxmemory-policy is ${policy}`, 'Set it to noeviction, or Redis may throw away who is online.')];
}

/** What nodes do all day: a script that writes, and a publication. */
async function rights(redis: Redis): Promise<Finding> {
  const key = redis.keys.rate('doctor');
  try {
    await redis.commands.run((server) => server.send(key, ['EVAL', WRITE, '1', key]));
    await redis.commands.run((server) => server.publish(redis.keys.channel('doctor'), ''));
    return ok(CHECK, 'this user may run scripts, write and publish');
  } catch (error) {
    return fail(
      CHECK,
      `this user may not do what nodes do: ${reason(error)}`,
      'It needs +@all on ~*PREFIX* and &*PREFIX*; docs/redis.md.',
    );
  }
}
