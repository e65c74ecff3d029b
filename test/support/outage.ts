import { expect } from 'vitest';
import type { Person } from './people.js';
import { change, enter, roommates } from './scene.js';
import type { TestSocket } from './socket.js';

interface Node {
  readonly url: string;
  readonly wsUrl: string;
}

/** Two people over two nodes, who notice when the nodes no longer hear each other. */
export interface Pair {
  readonly room: string;
  readonly ani: Person;
  readonly budi: Person;
  /** Of Ani, on the first node. */
  readonly device: TestSocket;
  /** Of Budi, on each node. */
  readonly watchers: readonly [near: TestSocket, far: TestSocket];
}

export async function pairOn([here, there]: readonly [Node, Node]): Promise<Pair> {
  const { room, people } = await roommates(here, 'ani', 'budi');
  const [ani, budi] = people;
  const watchers = [await enter(here, budi), await enter(there, budi)] as const;
  const device = await enter(here, ani);
  for (const watcher of watchers) await change(watcher, ani.id, 1);
  return { room, ani, budi, device, watchers };
}

/** What /health/ready answers: 200, or the names of what is missing. */
export async function readiness({ url }: Pick<Node, 'url'>): Promise<unknown> {
  const response = await fetch(`${url}/health/ready`);
  const body = (await response.json()) as { error?: { details: { field: string }[] } };
  return body.error?.details.map(({ field }) => field) ?? response.status;
}

/** How many typing_start of Ani's a socket has got. */
const typed = (socket: TestSocket) => socket.ofType('typing_start').length;

/** Ani types until it is heard on the other node. @returns after how many ms */
export async function untilHeard({ device, room, watchers: [, far] }: Pair, timeout: number): Promise<number> {
  const [before, began] = [typed(far), Date.now()];
  const heard = async () => {
    await device.request('typing_stop', { room_id: room });
    await device.request('typing_start', { room_id: room });
    return typed(far) > before;
  };
  await expect.poll(heard, { timeout, interval: 100 }).toBe(true);
  return Date.now() - began;
}
