import { setTimeout as pause } from 'node:timers/promises';
import { range, roomsOf, type Bench } from '../bench.js';
import { contenders, everyone } from '../contenders.js';
import { Inspector } from '../inspector.js';
import { contenderOf, type Entrant, type Figure, type Row, type Stage } from '../row.js';
import type { Census } from '../seed.js';

const SETTLE_MS = 1000;
/** An idle socket is one that has been there for a while: what a handshake needs for seconds is gone by then. */
const IDLE_MS = 12_000;
/** Who comes and goes before the first look, so that what is made once is not counted. */
const FIRST_VISITORS = 50;

interface Gathering {
  readonly census: Census;
  /** How many connect. */
  readonly sockets: number;
  readonly counts: 'rss' | 'heap';
}

/** By how many bytes a new server grows when everybody connects, looked at after full collections of garbage. */
async function growth(entrant: Entrant, bench: Bench, { census, sockets, counts }: Gathering) {
  const name = contenderOf(entrant);
  const population = await bench.population(census);
  const server = await bench.launch(name, population, { inspected: true });
  const inspector = contenders[name].isNode ? await Inspector.attach(server) : undefined;
  const look = async () => {
    await pause(bench.size(SETTLE_MS, 10));
    await inspector?.collectGarbage();
    return counts === 'heap' && inspector ? inspector.used() : server.rss();
  };
  try {
    const visitors = await bench.connect(name, server, population.members.slice(0, FIRST_VISITORS));
    for (const visitor of visitors) visitor.close();
    const before = await look();
    const started = performance.now();
    const clients = await bench.connect(name, server, population.members.slice(0, sockets));
    const perSecond = (clients.length * 1000) / (performance.now() - started);
    if (counts === 'rss') await pause(bench.size(IDLE_MS, 10));
    const bytes = (await look()) - before;
    for (const client of clients) client.destroy();
    return { bytes, perSecond, rss: server.rss() };
  } finally {
    inspector?.close();
    await bench.dismiss(server);
  }
}

function stage(measure: () => Promise<Pick<Figure, 'cost' | 'perSecond' | 'rss'>>): Stage {
  return { servers: [], measure: async () => ({ ...(await measure()), p50: 0, p99: 0 }), close: async () => undefined };
}

/** What rooms add to the memory of the same sockets without any. */
function roomsStage(entrant: Entrant, bench: Bench, census: Census, units: number): Stage {
  const gathering = { census, sockets: census.users, counts: 'heap' } as const;
  return stage(async () => {
    const without = await growth(entrant, bench, { ...gathering, census: { ...census, rooms: [] } });
    const { bytes, perSecond, rss } = await growth(entrant, bench, gathering);
    return { cost: (bytes - without.bytes) / units, perSecond, rss };
  });
}

export const idle: Row = {
  name: 'idle',
  work: 'resident memory per idle socket at 10,000, heartbeat on',
  unit: 'bytes',
  entrants: everyone,
  goals: { ws: 1.5, socketio: 0.7 },
  isFresh: true,
  open: async (entrant, bench) => {
    const sockets = bench.size(10_000, 100);
    const census = { users: sockets, rooms: roomsOf(range(0, sockets), 1000) };
    return stage(async () => {
      const { bytes, perSecond, rss } = await growth(entrant, bench, { census, sockets, counts: 'rss' });
      return { cost: bytes / sockets, perSecond, rss };
    });
  },
};

/** What a room costs, as more people are in each of a hundred: memberships grow, sockets do not. */
const memberships: Row[] = [10, 50, 200].map((roomsEach) => ({
  name: `${roomsEach} rooms each`,
  work: `heap per membership, 1,000 users in ${roomsEach} rooms of 500 each`,
  unit: 'bytes',
  entrants: ['hadir'],
  series: { name: 'memory per membership by memberships', x: roomsEach * 1000 },
  isFresh: true,
  open: async (entrant, bench) => {
    const users = bench.size(1000, 20);
    const half = users / 2;
    const rooms = range(0, roomsEach * 2).map((room) => range((room % 2) * half, ((room % 2) + 1) * half));
    return roomsStage(entrant, bench, { users, rooms }, users * roomsEach);
  },
}));

const rooms: Row[] = [1000, 10_000, 50_000].map((count) => ({
  name: `${count} rooms`,
  work: `heap per room, 100 users alone in ${count / 100} rooms each`,
  unit: 'bytes',
  entrants: ['hadir'],
  series: { name: 'memory per room by rooms', x: count },
  isFresh: true,
  open: async (entrant, bench) => {
    const many = bench.size(count, 200);
    const census = { users: 100, rooms: range(0, many).map((room) => [room % 100]) };
    return roomsStage(entrant, bench, census, many);
  },
}));

export const memoryGrowth: Row[] = [...memberships, ...rooms];
