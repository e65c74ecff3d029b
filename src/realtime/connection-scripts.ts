import { Script } from '../redis/script.js';

/*
 * KEYS of all: entries, ids, leases, the node's set, the user's set (where there is one user).
 * An entry is the JSON of a LiveConnection. A user's set scores connections by age. Beside a node's set stands that of its
 * connections that had to make room, until the node has read it.
 */

/** Lua that forgets a connection. `users` and `nodes` are what the keys of users and nodes begin with. */
const FORGET = `
local function forget(id, entry, users, nodes)
  local known = cjson.decode(entry)
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('SREM', nodes .. known.nodeId, id)
  redis.call('ZREM', users .. known.userId, id)
end
`;

/** What the key of a node's set ends with where it holds those that had to make room. */
export const REPLACED = ':replaced';
/** So long it is kept for a node that does not read it, in ms: a dead one never will. */
const REPLACED_MS = 3_600_000;

/** ARGV: id, entry, limit, whether to replace, beginnings of the keys of users and nodes. @returns whether, and the entries replaced. */
export const ADMIT = new Script(`${FORGET}
local id, entry, limit, replace = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local count = redis.call('ZCARD', KEYS[5])
if count >= limit and not replace then return {0, {}} end
local replaced = {}
local surplus = count - limit
if surplus >= 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', KEYS[5], 0, surplus)) do
    local left = redis.call('HGET', KEYS[1], oldest)
    if left then
      forget(oldest, left, ARGV[5], ARGV[6])
      local closing = ARGV[6] .. cjson.decode(left).nodeId .. '${REPLACED}'
      redis.call('SADD', closing, oldest)
      redis.call('PEXPIRE', closing, ${REPLACED_MS})
      table.insert(replaced, left)
    end
    redis.call('ZREM', KEYS[5], oldest)
  end
end
local newest = redis.call('ZRANGE', KEYS[5], -1, -1, 'WITHSCORES')[2] or 0
redis.call('ZADD', KEYS[5], math.max(newest + 1, now), id)
redis.call('HSET', KEYS[1], id, entry)
redis.call('ZADD', KEYS[2], 0, id)
redis.call('SADD', KEYS[4], id)
-- Until the node renews: alive from now on, and negative, so that it learns that it had no lease.
redis.call('ZADD', KEYS[3], 'NX', -now, cjson.decode(entry).nodeId)
return {1, replaced}
`);

/** ARGV: beginnings of the keys of users and nodes, ids. Forgets them, wherever they are. */
export const RELEASE = new Script(`${FORGET}
for index = 3, #ARGV do
  local entry = redis.call('HGET', KEYS[1], ARGV[index])
  if entry then forget(ARGV[index], entry, ARGV[1], ARGV[2]) end
end
return 0
`);

/** ARGV: beginnings, then id and entry of each. Enters what the node has and Redis has lost; the caps were held when it was admitted. */
export const RESTORE = new Script(`
for index = 3, #ARGV, 2 do
  local id, entry = ARGV[index], ARGV[index + 1]
  local known = cjson.decode(entry)
  redis.call('HSET', KEYS[1], id, entry)
  redis.call('ZADD', KEYS[2], 0, id)
  redis.call('SADD', ARGV[2] .. known.nodeId, id)
  redis.call('ZADD', ARGV[1] .. known.userId, 'NX', known.connectedAt, id)
end
return 0
`);

/** ARGV: node, lease in ms. @returns whether the lease had run out, which other nodes' have, and which connections had to make room. */
export const RENEW = new Script(`
local node, lease = ARGV[1], tonumber(ARGV[2])
local renewed = redis.call('ZSCORE', KEYS[3], node)
redis.call('ZADD', KEYS[3], now, node)
local lapsed = not renewed or tonumber(renewed) + lease <= now
local dead = {}
local leases = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
for index = 1, #leases, 2 do
  if math.abs(leases[index + 1]) + lease <= now then table.insert(dead, leases[index]) end
end
return {lapsed and 1 or 0, dead, redis.call('SMEMBERS', KEYS[4] .. '${REPLACED}')}
`);

/** ARGV: beginnings, the dead node, lease in ms, how many at most. KEYS[4] is the dead node's set. @returns how many are left. */
export const SWEEP = new Script(`${FORGET}
local renewed = redis.call('ZSCORE', KEYS[3], ARGV[3])
if renewed and math.abs(renewed) + tonumber(ARGV[4]) > now then return 0 end
for _, id in ipairs(redis.call('SRANDMEMBER', KEYS[4], ARGV[5])) do
  local entry = redis.call('HGET', KEYS[1], id)
  if entry then forget(id, entry, ARGV[1], ARGV[2]) end
  redis.call('SREM', KEYS[4], id)
end
local left = redis.call('SCARD', KEYS[4])
if left == 0 then
  redis.call('ZREM', KEYS[3], ARGV[3])
  redis.call('DEL', KEYS[4] .. '${REPLACED}')
end
return left
`);
