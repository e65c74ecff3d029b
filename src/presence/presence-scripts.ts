import { Script } from '../redis/script.js';

/*
 * What a claim makes of a state is worked out in presence-state.ts alone. The scripts read a state, and write one if it
 * has not changed since. A lease's score is the time of its last renewal; it is negative for a node that has made
 * claims and not renewed since, so that the node learns that it had no lease.
 */

/** Lua: whether a node's lease still holds. */
const IS_ALIVE = `
local function is_alive(leases, node, lease)
  local renewed = redis.call('ZSCORE', leases, node)
  return renewed and math.abs(renewed) + tonumber(lease) > now
end
`;

/** KEYS: any. @returns now. */
export const NOW = new Script('return now');

/** KEYS: user. @returns now and the state, if there is one. */
export const LOAD = new Script(`return {now, redis.call('HGET', KEYS[1], 'state')}`);

/** KEYS: users. @returns the state of each. */
export const LOAD_ALL = new Script(`
local states = {}
for index, key in ipairs(KEYS) do states[index] = redis.call('HGET', key, 'state') end
return states
`);

/**
 * KEYS: user, deadlines, leases. ARGV: user, revision expected ('' for none), revision, state, deadline ('' for none),
 * ms to keep it (0: for good), node that must be dead ('' for none), lease in ms, beginning of the keys of nodes, then
 * the nodes that join as '+node' and those that leave as '-node'.
 * @returns 1 when it is written, 0 when the state is another by now, 2 when the node lives; now; the state there is.
 */
export const SAVE = new Script(`${IS_ALIVE}
local user, expected = ARGV[1], ARGV[2]
local current = redis.call('HMGET', KEYS[1], 'revision', 'state')
if (current[1] or '') ~= expected then return {0, now, current[2]} end
if ARGV[7] ~= '' and is_alive(KEYS[3], ARGV[7], ARGV[8]) then return {2, now, current[2]} end
redis.call('HSET', KEYS[1], 'revision', ARGV[3], 'state', ARGV[4])
if ARGV[6] == '0' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
if ARGV[5] == '' then redis.call('ZREM', KEYS[2], user) else redis.call('ZADD', KEYS[2], ARGV[5], user) end
for index = 10, #ARGV do
  local node = string.sub(ARGV[index], 2)
  if string.sub(ARGV[index], 1, 1) == '+' then
    redis.call('SADD', ARGV[9] .. node, user)
    redis.call('ZADD', KEYS[3], 'NX', -now, node)
  else
    redis.call('SREM', ARGV[9] .. node, user)
  end
end
return {1, now, false}
`);

/**
 * KEYS: deadlines. ARGV: how many at most, for how many ms. @returns the users whose deadlines have passed, the earliest
 * first; for so long nobody else is given them.
 */
export const DUE = new Script(`
local users = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, user in ipairs(users) do redis.call('ZADD', KEYS[1], now + ARGV[2], user) end
return users
`);

/** KEYS: deadlines. @returns in how many ms the next one passes; -1: there is none. */
export const NEXT = new Script(`
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return first[2] and math.max(0, math.ceil(first[2] - now)) or -1
`);

/** KEYS: user, deadlines. ARGV: user. Forgets the deadline of a user who is forgotten. */
export const DISMISS = new Script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.call('ZREM', KEYS[2], ARGV[1]) end
return 0
`);

/** KEYS: leases. ARGV: node, lease in ms. @returns 1 when it had run out, else 0. */
export const RENEW = new Script(`
local node, lease = ARGV[1], tonumber(ARGV[2])
local renewed = redis.call('ZSCORE', KEYS[1], node)
redis.call('ZADD', KEYS[1], now, node)
return (not renewed or tonumber(renewed) + lease <= now) and 1 or 0
`);

/** KEYS: leases. ARGV: lease in ms. @returns the nodes whose lease has run out, and when each was last heard of. */
export const DEAD = new Script(`
local dead = {}
local leases = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for index = 1, #leases, 2 do
  local heard = math.abs(leases[index + 1])
  if heard + tonumber(ARGV[1]) <= now then table.insert(dead, {leases[index], heard}) end
end
return dead
`);

/** KEYS: leases, users of the node. ARGV: node, lease in ms (0: dead or alive), users that have no claim of the node. @returns how many are left */
export const CLEAR = new Script(`${IS_ALIVE}
if is_alive(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
for index = 3, #ARGV do redis.call('SREM', KEYS[2], ARGV[index]) end
local left = redis.call('SCARD', KEYS[2])
if left == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return left
`);
