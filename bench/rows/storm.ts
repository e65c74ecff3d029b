import { setTimeout as pause } from 'node:timers/promises';
import { range, roomsOf, type Bench } from '../bench.js';
import { contenderOf, costOf, type Entrant, type Row, type Stage } from '../row.js';
import { arrive } from '../traffic.js';

const ROOM = 50;
const WITHIN_MS = 10_000;
/** Who comes and goes before, so that neither compiling nor first times are measured; others see them go after 5 s. */
const FIRST_VISITORS = 500;
const GRACE_MS = 6000;
/** Time for what a connection sets off. */
const SETTLE_MS = 1000;

async function open(entrant: Entrant, bench: Bench, users: number): Promise<Stage> {
  const name = contenderOf(entrant);
  const visitors = bench.size(FIRST_VISITORS, ROOM);
  const census = { users: users + visitors, rooms: roomsOf(range(0, users + visitors), ROOM) };
  const population = await bench.population(census);
  const server = await bench.launch(name, population);
  const first = await bench.connect(name, server, population.members.slice(users));
  for (const client of first) client.close();
  await pause(bench.size(GRACE_MS, 10));
  const rooms = Math.ceil(users / ROOM);
  // One of each room, then the next one of each: all rooms fill evenly.
  const order = range(0, users).map((turn) => population.members[(turn % rooms) * ROOM + Math.floor(turn / rooms)]!);
  const work = async () => {
    const sample = await arrive(bench.targets(name, server, order), bench.size(WITHIN_MS, 500));
    await pause(bench.size(SETTLE_MS, 100));
    for (const client of sample.clients) client.destroy();
    return sample;
  };
  return { servers: [server], measure: () => costOf([server], work), close: () => bench.dismiss(server) };
}

export const storm: Row = {
  name: 'storm',
  work: '5,000 users in rooms of 50 connect within 10 s, per connection, against 1,000 users',
  unit: 'µs',
  entrants: ['hadir', 'hadir/1000'],
  goals: { 'hadir/1000': 1.3 },
  isFresh: true,
  open: (entrant, bench) => open(entrant, bench, entrant === 'hadir' ? bench.size(5000, 100) : bench.size(1000, 50)),
};
