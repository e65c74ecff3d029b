import { range, type Bench } from '../bench.js';
import type { Client } from '../client.js';
import { contenders, type ContenderName, everyone } from '../contenders.js';
import type { Member } from '../dialect.js';
import { clientFrame } from '../frames.js';
import { contenderOf, costOf, type Entrant, type Row, type Stage, warm } from '../row.js';
import { fan, inTurn } from '../traffic.js';

interface Crowd {
  readonly senders: number;
  readonly receivers: number;
}

/** A room of receivers and senders. */
async function gather(name: ContenderName, bench: Bench, { senders, receivers }: Crowd) {
  const everybody = senders + receivers;
  const population = await bench.population({ users: everybody, rooms: [range(0, everybody)] });
  const server = await bench.launch(name, population);
  const speakers = await bench.connect(name, server, population.members.slice(0, senders));
  const listeners = await bench.connect(name, server, population.members.slice(senders));
  return { server, speakers, listeners, members: population.members };
}

async function openTyping(entrant: Entrant, bench: Bench, crowd: Crowd): Promise<Stage> {
  const name = contenderOf(entrant);
  const { server, speakers, listeners, members } = await gather(name, bench, crowd);
  const frame = contenders[name].dialect.message('typing_start', { room_id: members[0]!.rooms[0] });
  const work = { senders: speakers, receivers: listeners, frames: inTurn([frame]), type: 'typing_start' };
  return {
    servers: [server],
    measure: () => costOf([server], () => fan(work, bench.windowMs)),
    close: () => bench.dismiss(server),
  };
}

async function openStatus(entrant: Entrant, bench: Bench): Promise<Stage> {
  const name = contenderOf(entrant);
  const crowd = { senders: 1, receivers: bench.size(1000, 10) };
  const { server, speakers, listeners, members } = await gather(name, bench, crowd);
  const { dialect } = contenders[name];
  if (name === 'hadir') await watch(listeners, members[0]!);
  const frames = ['away', 'busy'].map((status) => dialect.message('user_status_change', { status }));
  const work = { senders: speakers, receivers: listeners, frames: inTurn(frames), type: 'user_status_change' };
  return {
    servers: [server],
    measure: () => costOf([server], () => fan(work, bench.windowMs)),
    close: () => bench.dismiss(server),
  };
}

/** Beyond PRESENCE_AUTO_WATCH members nobody watches by themselves. */
async function watch(clients: readonly Client[], { userId }: Member): Promise<void> {
  const request = clientFrame(
    JSON.stringify({ type: 'presence_subscribe', id: 'watch', data: { user_ids: [userId] } }),
  );
  const acknowledged = (client: Client) =>
    new Promise<void>((resolve) => {
      client.onMessage = (letter) => void (letter === 'a'.charCodeAt(0) && resolve());
      client.send(request);
    });
  await Promise.all(clients.map(acknowledged));
}

export const fans: Row[] = [
  {
    name: 'fan',
    work: 'typing into a room of 1,000, one at a time, per delivery',
    unit: 'µs',
    entrants: [...everyone, 'floor'],
    goals: { ws: 0.75, socketio: 0.65 },
    open: (entrant, bench) => openTyping(entrant, bench, { senders: 1, receivers: bench.size(1000, 10) }),
  },
  {
    name: 'burst',
    work: 'the same, 8 senders at once',
    unit: 'µs',
    entrants: [...everyone, 'floor'],
    goals: { ws: 0.2, socketio: 0.2 },
    open: (entrant, bench) => openTyping(entrant, bench, { senders: 8, receivers: bench.size(1000, 10) }),
  },
  {
    name: 'presence',
    work: 'a status change seen by 1,000 watchers, per delivery',
    unit: 'µs',
    entrants: [...everyone, 'floor'],
    goals: { ws: 0.9 },
    open: openStatus,
  },
];

/** What a delivery costs as the room grows. */
export const deliveries: Row[] = [10, 100, 1000, 10_000].map((receivers) => ({
  name: `deliver ${receivers}`,
  work: `typing into a room of ${receivers}, per delivery`,
  unit: 'µs',
  entrants: ['hadir', 'ws'],
  series: { name: 'cost per delivery by receivers', x: receivers },
  isFresh: true,
  open: (entrant, bench) =>
    warm(openTyping(entrant, bench, { senders: 1, receivers: bench.size(receivers, Math.min(receivers, 20)) })),
}));
