import { range, roomsOf, type Bench } from '../bench.js';
import { targetOf } from '../client.js';
import { contenders, everyone } from '../contenders.js';
import { contenderOf, costOf, type Entrant, type Row, type Stage, warm } from '../row.js';
import { churn } from '../traffic.js';

const VISITORS = 1000;

/** Visitors, and people who stay. Everybody is in a room of the same large size, so that nobody watches anybody. */
async function open(entrant: Entrant, bench: Bench, staying: number): Promise<Stage> {
  const name = contenderOf(entrant);
  const visitors = bench.size(VISITORS, 20);
  const everybody = range(0, visitors + staying);
  const population = await bench.population({ users: everybody.length, rooms: roomsOf(everybody, visitors) });
  const server = await bench.launch(name, population);
  await bench.connect(name, server, population.members.slice(visitors));
  const targets = bench.targets(name, server, population.members.slice(0, visitors));
  return {
    servers: [server],
    measure: () => costOf([server], () => churn(targets, 101, bench.windowMs)),
    close: () => bench.dismiss(server),
  };
}

/** Good in shape, signed with another key. */
async function openRefused(entrant: Entrant, bench: Bench): Promise<Stage> {
  const name = contenderOf(entrant);
  if (name !== 'hadir' && name !== 'floor') return open(entrant, bench, 0);
  const population = await bench.population({ users: 1, rooms: [] });
  const server = await bench.launch(name, population);
  const [member] = population.members;
  const token = `${member!.token.slice(0, -20)}${'A'.repeat(20)}`;
  const target = targetOf(server.port, contenders.hadir.dialect, { ...member!, token });
  return {
    servers: [server],
    measure: () => costOf([server], () => churn([target], 401, bench.windowMs)),
    close: () => bench.dismiss(server),
  };
}

export const connects: Row[] = [
  {
    name: 'connect',
    work: 'handshake and close, per connection; Hadir authenticates, the others do not',
    unit: 'µs',
    entrants: [...everyone, 'floor'],
    goals: { ws: 1.6, socketio: 0.9 },
    open: (entrant, bench) => open(entrant, bench, 0),
  },
  {
    name: 'refuse',
    work: 'handshake refused with 401, per refusal; plain ws accepts it, bare Node does not',
    unit: 'µs',
    entrants: ['hadir', 'ws', 'floor'],
    goals: { ws: 0.7 },
    open: openRefused,
  },
];

/** What a connection costs as more of them are open. */
export const crowdedConnects: Row[] = [1000, 10_000].map((staying) => ({
  name: `connect at ${staying}`,
  work: `handshake and close while ${staying} sockets are open`,
  unit: 'µs',
  entrants: ['hadir', 'ws'],
  series: { name: 'cost per connection by open sockets', x: staying },
  isFresh: true,
  open: (entrant, bench) => warm(open(entrant, bench, bench.size(staying, Math.min(staying, 40)))),
}));
