import { describe, expect } from 'vitest';
import { drill, type Findings, quantile, repeatedly } from '../support/drill.js';
import { startNodes } from '../support/nodes.js';
import type { Person } from '../support/people.js';
import { change, enter, roommates, roomOf, statuses } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';

const EVENTS = 10_002;
const ROOMS = 16;
/** Together the three publishers say a thousand things a second. */
const TURN_MS = 30;
const PER_TURN = 10;
const GRACE_MS = 5000;
/** What nobody's timer was set for is found at the next beat. */
const BEAT_MS = 1000;

/** What a listener heard, in order, and when. */
interface Heard {
  readonly from: string;
  readonly what: string;
  readonly id: string;
  readonly at: number;
}

function listen(socket: TestSocket): Heard[] {
  const heard: Heard[] = [];
  socket.raw.on('message', () => {
    const { type, data, id } = socket.frames.at(-1)!;
    if (!type.startsWith('typing_')) return;
    const { user_id: from, room_id: room } = data as { user_id: string; room_id: string };
    heard.push({ from, what: `${type} ${room}`, id, at: performance.now() });
  });
  return heard;
}

/** Somebody who starts and stops typing in one room after the other. What they say is as good as numbered. */
class Publisher {
  readonly said: { what: string; at: number }[] = [];

  constructor(
    readonly person: Person,
    private readonly socket: TestSocket,
    private readonly rooms: readonly string[],
  ) {}

  speak(): void {
    const number = this.said.length;
    const type = number % 2 === 0 ? 'typing_start' : 'typing_stop';
    const room_id = this.rooms[(number >> 1) % this.rooms.length]!;
    this.said.push({ what: `${type} ${room_id}`, at: performance.now() });
    this.socket.send({ type, data: { room_id } });
  }
}

async function speakAll(publishers: readonly Publisher[]): Promise<void> {
  const each = EVENTS / publishers.length;
  await new Promise<void>((resolve) => {
    const stop = repeatedly(TURN_MS, () => {
      for (const publisher of publishers) {
        for (let turn = 0; turn < PER_TURN && publisher.said.length < each; turn += 1) publisher.speak();
      }
      if (publishers.every(({ said }) => said.length === each)) void stop().then(resolve);
    });
  });
}

/** Compares what was said with what each listener heard. */
function compare(findings: Findings, publishers: readonly Publisher[], ears: ReadonlyMap<string, Heard[]>): void {
  let [missing, extra, misplaced] = [0, 0, 0];
  const delays: number[] = [];
  for (const { person, said } of publishers) {
    for (const [listener, all] of ears) {
      if (listener === person.id) continue;
      const heard = all.filter(({ from }) => from === person.id);
      extra += heard.length - new Set(heard.map(({ id }) => id)).size;
      missing += Math.max(0, said.length - heard.length);
      for (const [index, { what, at }] of heard.entries()) {
        if (said[index]?.what === what) delays.push(at - said[index]!.at);
        else misplaced += 1;
      }
    }
  }
  findings.exactly('missing', missing, 0, 'copies');
  findings.exactly('twice', extra, 0, 'copies');
  findings.exactly('out of order', misplaced, 0, 'copies');
  findings.atLeast('deliveries compared', delays.length, EVENTS * (ears.size - 1), 'copies');
  findings.atMost('from client to client, 99 % within', Math.round(quantile(delays, 0.99)), 100, 'ms');
  findings.atMost('from client to client, all within', Math.round(quantile(delays, 1)), 100, 'ms');
}

describe('Events over three nodes', () => {
  drill(
    {
      row: '34a',
      hypothesis: 'each event reaches each socket exactly once, in the order of its publisher, within 100 ms',
      action: `three nodes; a publisher and a listener on each; ${EVENTS.toLocaleString('en')} typing events in ${ROOMS} rooms at 1,000 a second`,
    },
    async (findings) => {
      const { nodes } = await startNodes(3, { env: { TYPING_THROTTLE: '0s' } });
      const { people } = await roommates(nodes[0]!, 'ani', 'budi', 'citra', 'dewi', 'eko', 'fitri');
      const rooms: string[] = [];
      while (rooms.length < ROOMS) rooms.push(await roomOf(people));
      const publishers: Publisher[] = [];
      const ears = new Map<string, Heard[]>();
      for (const [index, person] of people.entries()) {
        const socket = await enter(nodes[index % 3]!, person);
        ears.set(person.id, listen(socket));
        if (index < 3) publishers.push(new Publisher(person, socket, rooms));
      }
      await speakAll(publishers);
      const allHeard = () => [...ears].every(([id, heard]) => heard.length >= heardBy(id, publishers));
      await expect.poll(allHeard, { timeout: 5000 }).toBe(true);
      compare(findings, publishers, ears);
    },
  );

  drill(
    {
      row: '34b',
      hypothesis: 'somebody with devices on all nodes is offline once, after the last of them and the grace',
      action: 'three nodes; four devices of one user on them close one after the other; an observer on each node',
    },
    async (findings) => {
      const { nodes } = await startNodes(3);
      const { people } = await roommates(nodes[0]!, 'ani', 'budi');
      const [ani, budi] = people;
      const watchers: TestSocket[] = [];
      for (const node of nodes) watchers.push(await enter(node, budi));
      const devices: TestSocket[] = [];
      for (const node of [...nodes, nodes[0]!]) devices.push(await enter(node, ani));
      for (const device of devices) await device.close();
      findings.fault();
      await Promise.all(watchers.map((watcher) => change(watcher, ani.id, 2, 2 * GRACE_MS)));
      findings.atLeast('seen offline not before', findings.sinceFault, GRACE_MS, 'ms');
      findings.within('seen offline on all nodes', GRACE_MS + BEAT_MS);
      for (const watcher of watchers) await watcher.settled();
      const odd = watchers.filter((watcher) => String(statuses(watcher, ani.id)) !== 'online,offline');
      findings.exactly('observers not told online, offline and nothing else', odd.length, 0, 'observers');
    },
  );
});

function heardBy(listener: string, publishers: readonly Publisher[]): number {
  const others = publishers.filter(({ person }) => person.id !== listener);
  return others.reduce((sum, { said }) => sum + said.length, 0);
}
