import { describe, expect } from 'vitest';
import type { Member } from '../../bench/dialect.js';
import { crowd, enterAll } from '../support/crowd.js';
import { drill, repeatedly } from '../support/drill.js';
import { startNodes } from '../support/nodes.js';
import { statuses } from '../support/scene.js';
import type { TestSocket } from '../support/socket.js';

const SOCKETS = 500;
const ROOM = 10;
const NODES = 3;
const OFFLINE_MS = 15_000;
/** Two hundred people a second start and stop typing: 3,600 deliveries. */
const TURN_MS = 50;
const PER_TURN = 10;

class Resident {
  readonly room: string;
  private said = 0;

  constructor(
    readonly id: string,
    readonly socket: TestSocket,
    { rooms }: Member,
  ) {
    this.room = rooms[0]!;
  }

  type(): void {
    this.said += 1;
    for (const type of ['typing_start', 'typing_stop']) this.socket.send({ type, data: { room_id: this.room } });
  }

  /** How many typing events of the other this one lacks, or has too many: below zero. */
  lacks(other: Resident): number {
    const heard = this.socket.frames.filter(
      ({ type, data }) => type.startsWith('typing_') && (data as { user_id: string }).user_id === other.id,
    );
    return 2 * other.said - heard.length;
  }

  /** The other's status as this one was last told: who came earlier is in the snapshot. */
  sees(other: Resident): unknown {
    const changed = statuses(this.socket, other.id).at(-1);
    if (changed) return changed;
    const snapshot = this.socket.ofType('presence_snapshot')[0]?.data as {
      users: { user_id: string; status: string }[];
    };
    return snapshot?.users.find(({ user_id }) => user_id === other.id)?.status;
  }
}

/** Everybody with each of the others in the same room. */
function pairs(residents: readonly Resident[], others: readonly Resident[]): [Resident, Resident][] {
  return residents.flatMap((one) =>
    others
      .filter((other) => other !== one && other.room === one.room)
      .map((other): [Resident, Resident] => [one, other]),
  );
}

/** Lets them type in turn, all the time. @returns what ends it */
function chatter(residents: readonly Resident[]): () => Promise<void> {
  let next = 0;
  return repeatedly(TURN_MS, () => {
    for (let turn = 0; turn < PER_TURN; turn += 1) residents[(next += 1) % residents.length]!.type();
  });
}

describe('Three nodes under load', () => {
  drill(
    {
      row: '34c',
      hypothesis: 'the death of one costs the others no event and no subscription, and all see who is gone',
      action: `${SOCKETS} sockets in rooms of ${ROOM} over three nodes, 200 typing turns a second (3,600 deliveries); kill -9 of one node`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { env, people } = await crowd(SOCKETS, ROOM);
      const { nodes } = await startNodes(NODES, { env: { ...env, TYPING_THROTTLE: '0s' } });
      const sockets = await enterAll(nodes, people);
      const everybody = people.map((member, index) => new Resident(member.userId, sockets[index]!, member));
      const gone = everybody.filter((_, index) => index % NODES === 0);
      const staying = everybody.filter((_, index) => index % NODES !== 0);
      const stop = chatter(staying);
      const watching = pairs(staying, gone);
      const seeAll = (status: string) => watching.every(([one, other]) => one.sees(other) === status);
      await expect.poll(() => seeAll('online'), { timeout: 10_000, interval: 500 }).toBe(true);

      nodes[0]!.kill('SIGKILL');
      findings.fault();
      await expect.poll(() => seeAll('offline'), { timeout: 2 * OFFLINE_MS, interval: 200 }).toBe(true);
      findings.within('all who were on the dead node seen offline by all their roommates', OFFLINE_MS);
      await stop();
      const hearing = pairs(staying, staying);
      const missed = () => hearing.reduce((sum, [one, other]) => sum + Math.abs(one.lacks(other)), 0);
      await expect.poll(missed, { timeout: 5000, interval: 500 }).toBe(0);
      findings.exactly('typing events lost or doubled among the others', missed(), 0, 'events');
      findings.atLeast('typing events among them', deliveries(hearing), 10_000, 'events');
      const odd = watching.filter(
        ([one, other]) => statuses(one.socket, other.id).filter((s) => s === 'offline').length !== 1,
      );
      findings.exactly('roommates told offline not exactly once', odd.length, 0, 'pairs');
      findings.exactly('other sockets closed', staying.filter(({ socket }) => socket.closed).length, 0, 'sockets');
    },
  );
});

function deliveries(hearing: readonly [Resident, Resident][]): number {
  const listeners = new Set(hearing.map(([one]) => one));
  return [...listeners].reduce(
    (sum, { socket }) => sum + socket.frames.filter(({ type }) => type.startsWith('typing_')).length,
    0,
  );
}
