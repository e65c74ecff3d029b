import { connect } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { BUSY, Client, type Target, targetOf } from '../../bench/client.js';
import { hadir, type Member } from '../../bench/dialect.js';
import { Inspector } from '../../bench/inspector.js';
import { gauges, metric } from './metrics.js';
import { handshakeBytes } from './raw.js';
import type { Server } from './server.js';

const AT_ONCE = 32;
const RETRY_MS = 100;
/** How long the server may take to be done with those who have gone: more than the grace and any deadline. */
const SETTLE_MS = 40_000;
const LOOK_EVERY_MS = 500;
/** The tasks and handles of Node itself come and go. */
const SPARE_RESOURCES = 3;

/** Settings with which a server can be visited, and looked into. */
export const VISITED_ENV = {
  NODE_OPTIONS: '--inspect=127.0.0.1:0',
  MAX_CONNECTIONS_PER_USER: '1000',
  MAX_CONNECTIONS_PER_IP: '20000',
};

/** Somebody who comes and goes. Resolves with the status of the handshake, 0 where there was none. */
type Visit = (target: Target) => Promise<number>;

function visit(target: Target, leave: (client: Client) => void): Promise<number> {
  return new Promise((resolve) => {
    const client: Client = new Client(target, () => leave(client));
    client.onEnd = () => resolve(client.status);
  });
}

const sayGoodbye: Visit = (target) => visit(target, (client) => client.close());
const hangUp: Visit = (target) => visit(target, (client) => client.destroy());
const vanish: Visit = ({ port, path }) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(handshakeBytes(path), () => socket.resetAndDestroy());
    });
    socket.on('error', () => undefined).on('close', () => resolve(0));
  });

/** How people go, in turn: with a close frame, without one, before the handshake is done. */
const WAYS: readonly Visit[] = [sayGoodbye, hangUp, vanish];

/** Lets so many come and go in these people's names, as fast as it goes. */
export async function comeAndGo({ port }: Server, members: readonly Member[], count: number): Promise<void> {
  const targets = members.map((member) => targetOf(port, hadir, member));
  let turn = 0;
  const worker = async () => {
    while (turn < count) {
      const [target, way] = [targets[turn % targets.length]!, WAYS[turn % WAYS.length]!];
      turn += 1;
      for (let status = await way(target); status !== 101 && way !== vanish; status = await way(target)) {
        if (status !== BUSY) throw new Error(`answered ${status}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What a server holds when nobody is there. */
interface Holdings {
  /** In bytes, on and beside the heap, after a collection of garbage. */
  readonly heap: number;
  readonly openFiles: number;
  /** Timers, sockets and the like that keep Node going. */
  readonly resources: number;
}

/** Looks into a server that was started with VISITED_ENV. */
export class Stocktaking {
  private constructor(
    private readonly server: Server,
    private readonly inspector: Inspector,
  ) {}

  static async of(server: Server): Promise<Stocktaking> {
    const inspector = await Inspector.attach(server);
    onTestFinished(() => inspector.close());
    return new Stocktaking(server, inspector);
  }

  async take(): Promise<Holdings> {
    const resources = await metric(this.server, 'nodejs_active_resources_total');
    return { heap: await this.inspector.used(), openFiles: this.server.openFiles, resources };
  }

  /** Waits until nobody is there, and all that is held is what was held before, the heap by so much more at most. */
  async until({ openFiles, resources, heap }: Holdings, heapGrowth: number): Promise<Holdings> {
    const patience = { timeout: SETTLE_MS, interval: LOOK_EVERY_MS };
    await expect.poll(() => gauges(this.server), patience).toEqual([]);
    let now = await this.take();
    const excess = async () => {
      now = await this.take();
      return [
        now.openFiles > openFiles && `open files: ${now.openFiles}, not ${openFiles}`,
        now.resources > resources + SPARE_RESOURCES && `resources: ${now.resources}, not ${resources}`,
        now.heap > heap * (1 + heapGrowth) && `heap: ${now.heap}, not ${heap}`,
      ].filter(Boolean);
    };
    await expect.poll(excess, patience).toEqual([]);
    return now;
  }
}
