import { range, type Bench } from '../bench.js';
import { contenders } from '../contenders.js';
import { REDIS_URL } from '../redis.js';
import { contenderOf, costOf, type Entrant, type Row, type Stage } from '../row.js';
import { fan, inTurn } from '../traffic.js';

async function open(entrant: Entrant, bench: Bench): Promise<Stage> {
  const name = contenderOf(entrant);
  const everybody = bench.size(1000, 10) + 1;
  const population = await bench.population({ users: everybody, rooms: [range(0, everybody)] });
  const servers = await bench.cluster(name, population, 2, REDIS_URL);
  const [near, far] = servers;
  const senders = await bench.connect(name, near!, population.members.slice(0, 1));
  const receivers = await bench.connect(name, far!, population.members.slice(1));
  const frame = contenders[name].dialect.message('typing_start', { room_id: population.members[0]!.rooms[0] });
  const work = { senders, receivers, frames: inTurn([frame]), type: 'typing_start' };
  return {
    servers,
    measure: () => costOf(servers, () => fan(work, bench.windowMs)),
    close: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

export const cross: Row = {
  name: 'cross',
  work: 'as fan, sender on node A, 1,000 receivers on node B over Redis; CPU of both nodes',
  unit: 'µs',
  entrants: ['hadir', 'ws', 'socketio'],
  goals: { ws: 1, socketio: 0.7 },
  needsRedis: true,
  open,
};
