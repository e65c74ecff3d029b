import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { drill, lasting, repeatedly } from '../support/drill.js';
import { metric } from '../support/metrics.js';
import { startNodes } from '../support/nodes.js';
import type { Person } from '../support/people.js';
import { handshakeBytes, RawClient } from '../support/raw.js';
import { enter, roommates } from '../support/scene.js';
import type { Server } from '../support/server.js';
import { connect, type TestSocket } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const SLOW = 50;
/** The node's memory before is what it takes when all read fast, in milliseconds of that. */
const WARM_UP_MS = 5000;
const SLOW_BYTES_PER_SECOND = 1024;
/** SEND_QUEUE_BYTES, and the mark above which a socket counts as slow. */
const QUEUE_BYTES = 1024 * 1024;
const MARK_BYTES = QUEUE_BYTES / 2;
const MAX_SLOW_MS = 10_000;
/** How long who has hung up may take to read what is left. */
const LAST_WORDS_MS = 5000;
/** The typist says 2,000 things a second. */
const PER_TURN = 20;
const TURN_MS = 10;
const MIB = 1024 * 1024;

const queued = (node: Server) => metric(node, 'hadir_send_queue_bytes');
const closedAsSlow = (node: Server) => metric(node, 'hadir_connections_closed_total{cause="slow_consumer"}');
const memory = (node: Server) => metric(node, 'process_resident_memory_bytes');

/** Somebody who starts and stops typing without end, and somebody who hears it. */
class Chatter {
  private readonly said: number[] = [];
  private heard = 0;
  slowestMs = 0;
  private readonly stopTalking: () => Promise<void>;

  constructor(typist: TestSocket, listener: TestSocket, room: string) {
    listener.raw.on('message', (data) => {
      if (!String(data).includes('"typing_st')) return;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - this.said[this.heard]!);
      this.heard += 1;
    });
    this.stopTalking = repeatedly(TURN_MS, () => {
      for (let turn = 0; turn < PER_TURN; turn += 1) {
        const type = this.said.length % 2 === 0 ? 'typing_start' : 'typing_stop';
        this.said.push(performance.now());
        typist.send({ type, data: { room_id: room } });
      }
    });
  }

  /** Resolves when everything that was said was heard. */
  async stop(): Promise<void> {
    await this.stopTalking();
    await expect.poll(() => this.heard).toBe(this.said.length);
  }
}

interface Scene {
  readonly node: Server;
  readonly room: string;
  readonly people: readonly [typist: Person, listener: Person, slow: Person];
}

/** Nobody is pinged: who answers too late because so much is on its way would be closed for that. */
async function scene(): Promise<Scene> {
  const { nodes } = await startNodes(1, {
    env: { TYPING_THROTTLE: '0s', HEARTBEAT_INTERVAL: '10m', MAX_CONNECTIONS_PER_USER: '100' },
  });
  const node = nodes[0]!;
  const { room, people } = await roommates(node, 'ani', 'budi', 'citra');
  return { node, room, people };
}

/** Until so much is queued for the slow sockets. */
async function untilQueued(node: Server, bytes: number): Promise<void> {
  await expect.poll(() => queued(node), { timeout: 40_000, interval: 50 }).toBeGreaterThanOrEqual(bytes);
}

/** Whether the server's process has the other end of the connection open: the kernel's last efforts for it have no owner. */
function isHeld(clientPort: number, { port }: Server): boolean {
  const rows = ['tcp', 'tcp6'].flatMap((kind) => readFileSync(`/proc/net/${kind}`, 'utf8').split('\n'));
  const ends = [port, clientPort].map((end) => end.toString(16).toUpperCase().padStart(4, '0'));
  return rows.some((row) => {
    const [, local, remote, , , , , , , inode] = row.trim().split(/\s+/);
    return local?.endsWith(`:${ends[0]}`) && remote?.endsWith(`:${ends[1]}`) && inode !== '0';
  });
}

describe('A client that reads slowly', () => {
  drill(
    {
      row: '27a',
      hypothesis: 'costs little memory and is closed when it stays behind; those that read fast do not notice',
      action: `${SLOW} sockets read ${SLOW_BYTES_PER_SECOND} bytes a second through a proxy, while somebody in their room types 2,000 times a second`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { node, room, people } = await scene();
      const [typist, listener, slow] = people;
      const proxy = await TcpProxy.before(node.url);
      const wsUrl = `ws://127.0.0.1:${proxy.port}/ws`;
      const chatter = new Chatter(await enter(node, typist), await enter(node, listener), room);
      const sockets = await Promise.all(Array.from({ length: SLOW }, () => connect(wsUrl, slow.token)));
      let before = 0;
      const stopWarmUp = repeatedly(100, async () => {
        before = Math.max(before, await memory(node));
      });
      await lasting(WARM_UP_MS);
      await stopWarmUp();
      proxy.rate(SLOW_BYTES_PER_SECOND);
      await untilQueued(node, SLOW * MARK_BYTES);
      findings.fault();
      let [most, memoryMost] = [0, 0];
      const stopWatching = repeatedly(100, async () => {
        most = Math.max(most, await queued(node));
        memoryMost = Math.max(memoryMost, await memory(node));
      });
      await expect.poll(() => closedAsSlow(node), { timeout: 2 * MAX_SLOW_MS, interval: 50 }).toBe(SLOW);
      findings.within('all closed as slow, after the last was over the mark', MAX_SLOW_MS + 1000);
      await stopWatching();
      await chatter.stop();
      findings.atMost('queued for a socket, over the mark', Math.round(most / SLOW) - MARK_BYTES, 16_384, 'bytes');
      findings.atMost('memory for a slow socket', Number(((memoryMost - before) / SLOW / MIB).toFixed(2)), 1.5, 'MiB');
      findings.atMost('the longest that a fast socket waited', Math.round(chatter.slowestMs), 100, 'ms');
      for (const { raw } of sockets) raw.terminate();
    },
  );

  drill(
    {
      row: '27b',
      hypothesis: 'is told the newest of what somebody types when it is over the mark, and everything else',
      action:
        'a socket stops reading until it is over the mark; 2,000 typing events and 10 renamings of the room follow; it reads on',
    },
    async (findings) => {
      const { node, room, people } = await scene();
      const [typist, listener, slow] = people;
      const [speaker, ear] = [await enter(node, typist), await enter(node, listener)];
      const socket = await enter(node, slow);
      socket.raw.pause();
      const chatter = new Chatter(speaker, ear, room);
      await untilQueued(node, MARK_BYTES);
      await chatter.stop();
      const before = ear.frames.length;
      for (let turn = 0; turn < 10; turn += 1) {
        for (let event = 0; event < 200; event += 1) {
          speaker.send({ type: event % 2 ? 'typing_stop' : 'typing_start', data: { room_id: room } });
        }
        await typist.succeed('PATCH', `rooms/${room}`, { name: `kamar ${turn}` });
      }
      await ear.settled();
      const said = ear.frames.slice(before).map(({ id }) => id);
      socket.raw.resume();
      await socket.settled();
      const told = new Set(socket.frames.map(({ id }) => id));
      const both = ear.frames.slice(before).filter(({ id }) => told.has(id));
      findings.atLeast('events after the mark', said.length, 2010, 'events');
      const typing = both.filter(({ type }) => type.startsWith('typing_'));
      findings.exactly('of typing, told to the slow one', typing.length, 2, 'events');
      const newest = ear.frames
        .slice(before)
        .filter(({ type }) => type.startsWith('typing_'))
        .slice(-2);
      expect(typing).toEqual(newest);
      const renamed = both.filter(({ type }) => type === 'room_updated');
      findings.exactly('of renamings, told to the slow one', renamed.length, 10, 'events');
    },
  );

  drill(
    {
      row: '27c',
      hypothesis: 'is closed with 4009 as soon as its queue is full',
      action: 'a socket that does not read asks for the presence of 200 users, again and again',
    },
    async (findings) => {
      const { node, people } = await scene();
      const socket = await enter(node, people[2]);
      socket.raw.pause();
      const user_ids = Array.from({ length: 200 }, () => randomUUID());
      findings.fault();
      let most = 0;
      const stop = repeatedly(20, async () => {
        for (let turn = 0; turn < 10; turn += 1)
          socket.send({ type: 'presence_subscribe', id: 'again', data: { user_ids } });
        most = Math.max(most, await queued(node));
      });
      await expect.poll(() => closedAsSlow(node), { timeout: 20_000, interval: 10 }).toBe(1);
      findings.within('closed', MAX_SLOW_MS);
      findings.atMost('queued at most', most, QUEUE_BYTES, 'bytes');
      await stop();
      socket.raw.resume();
      findings.exactly('close code', (await socket.ended()).code, 4009, '(close code)');
    },
  );

  drill(
    {
      row: '27d',
      hypothesis: 'is cut off when it has hung up and never reads what is left for it',
      action:
        'a socket stops reading until it is over the mark, ends its side without a close frame, and goes on not reading',
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { node, room, people } = await scene();
      const [typist, listener, slow] = people;
      const [speaker, ear] = [await enter(node, typist), await enter(node, listener)];
      const client = await RawClient.connect(node.url);
      client.write(handshakeBytes('/ws', { Authorization: `Bearer ${slow.token}` }));
      await client.until(() => client.received.includes('"connected"') || undefined, 'the first frame');
      client.socket.pause();
      const chatter = new Chatter(speaker, ear, room);
      await untilQueued(node, MARK_BYTES);
      await chatter.stop();
      const port = client.socket.localPort!;
      expect(isHeld(port, node)).toBe(true);
      client.socket.end();
      findings.fault();
      const patience = { timeout: MAX_SLOW_MS + LAST_WORDS_MS + 5000, interval: 50 };
      await expect.poll(() => isHeld(port, node), patience).toBe(false);
      findings.within('cut off', MAX_SLOW_MS + LAST_WORDS_MS + 1000);
      // Not at once: the others may be told something in the very turn that counts.
      await expect.poll(() => queued(node), { timeout: 1000, interval: 50 }).toBe(0);
      findings.within('nothing is queued for anybody', MAX_SLOW_MS + LAST_WORDS_MS + 2000);
    },
  );
});
