import { range, type Bench } from '../bench.js';
import { contenders, everyone } from '../contenders.js';
import { contenderOf, costOf, type Entrant, type Row, type Stage } from '../row.js';
import { ping } from '../traffic.js';

const SOCKETS = 100;

async function open(entrant: Entrant, bench: Bench, inFlight: number): Promise<Stage> {
  const name = contenderOf(entrant);
  const sockets = bench.size(SOCKETS, 10);
  const population = await bench.population({ users: sockets, rooms: [range(0, sockets)] });
  const server = await bench.launch(name, population);
  const clients = await bench.connect(name, server, population.members);
  const frame = contenders[name].dialect.message('ping');
  return {
    servers: [server],
    measure: () => costOf([server], () => ping(clients, frame, inFlight, bench.windowMs)),
    close: () => bench.dismiss(server),
  };
}

export const pings: Row[] = [
  {
    name: 'ping',
    work: 'ping and pong, 100 sockets, 8 in flight each',
    unit: 'µs',
    entrants: everyone,
    goals: { ws: 0.6, socketio: 0.5 },
    open: (entrant, bench) => open(entrant, bench, 8),
  },
  {
    name: 'ping1',
    work: 'ping and pong, 100 sockets, 1 in flight each',
    unit: 'µs',
    entrants: everyone,
    goals: { ws: 1, socketio: 0.7 },
    open: (entrant, bench) => open(entrant, bench, 1),
  },
];
