import { describe, expect } from 'vitest';
import { drill, repeatedly } from '../support/drill.js';
import { FarNetwork } from '../support/far-network.js';
import { metric } from '../support/metrics.js';
import { startNodes } from '../support/nodes.js';
import { change, enter, roommates } from '../support/scene.js';
import { connect } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const DEAD = 200;
const HEALTHY = 100;
const UNPLUGGED = 50;
/** The default HEARTBEAT_INTERVAL and HEARTBEAT_TIMEOUT together. */
const GONE_MS = 35_000;
/** The default PRESENCE_GRACE, and a second to be late. */
const GRACE_MS = 6000;
const INTERVAL_MS = 25_000;
const BINS = 10;

describe('Peers that die without a word', () => {
  drill(
    {
      row: '28',
      hypothesis:
        'are found by the heartbeat, whose pings are spread over its interval, and are offline after the grace',
      action: `the network swallows everything of ${DEAD} sockets of one user, both ways; ${HEALTHY} sockets of another go on`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const { nodes } = await startNodes(1, {
        env: { MAX_CONNECTIONS_PER_USER: '1000', MAX_CONNECTIONS_PER_IP: '1000' },
      });
      const node = nodes[0]!;
      const proxy = await TcpProxy.before(node.url);
      const { people } = await roommates(node, 'ani', 'budi');
      const [dead, healthy] = people;
      const watcher = await enter(node, healthy);
      const connectAll = (count: number, wsUrl: string, token: string) =>
        Promise.all(Array.from({ length: count }, () => connect(wsUrl, token)));
      await connectAll(DEAD, `ws://127.0.0.1:${proxy.port}/ws`, dead.token);
      const sockets = await connectAll(HEALTHY, node.wsUrl, healthy.token);
      await change(watcher, dead.id, 1);

      proxy.swallow();
      findings.fault();
      const pings = Array.from({ length: BINS }, () => 0);
      for (const { raw } of sockets) {
        raw.on('ping', () => (pings[Math.floor((findings.sinceFault / INTERVAL_MS) * BINS) % BINS]! += 1));
      }
      const silent = () => metric(node, 'hadir_connections_closed_total{cause="no_pong"}');
      await expect.poll(silent, { timeout: 2 * GONE_MS, interval: 100 }).toBe(DEAD);
      findings.within('all found dead', GONE_MS);
      const offline = await change(watcher, dead.id, 2, 2 * GRACE_MS);
      expect(offline).toMatchObject({ status: 'offline' });
      findings.within('offline announced', GONE_MS + GRACE_MS);
      findings.exactly('live sockets closed', sockets.filter(({ closed }) => closed).length, 0, 'sockets');
      findings.atLeast(
        'tenths of the interval with pings',
        pings.filter((count) => count > 0).length,
        BINS - 1,
        'tenths',
      );
    },
  );

  drill(
    {
      row: '28b',
      hypothesis:
        'because their cable was pulled are found by the heartbeat as well, however much is on its way to them',
      action: `${UNPLUGGED} sockets come from a network of their own over a pair of veth devices, and that is set down`,
      timeoutMs: 120_000,
    },
    async (findings) => {
      const network = FarNetwork.build();
      const { nodes } = await startNodes(1, { env: { HOST: '0.0.0.0', MAX_CONNECTIONS_PER_USER: '1000' } });
      const node = nodes[0]!;
      const { people, room } = await roommates(node, 'ani', 'budi');
      const [far, near] = people;
      const watcher = await enter(node, near);
      const clients = network.connect(`ws://${network.near}:${node.port}/ws`, far.token, UNPLUGGED);
      await expect.poll(() => clients.output, { timeout: 20_000 }).toBe('open\n'.repeat(UNPLUGGED));
      await change(watcher, far.id, 1);

      network.pull();
      findings.fault();
      const stop = repeatedly(1000, () => watcher.send({ type: 'typing_start', data: { room_id: room } }));
      const silent = () => metric(node, 'hadir_connections_closed_total{cause="no_pong"}');
      await expect.poll(silent, { timeout: 2 * GONE_MS, interval: 100 }).toBe(UNPLUGGED);
      findings.within('all found dead', GONE_MS);
      expect(await change(watcher, far.id, 2, 2 * GRACE_MS)).toMatchObject({ status: 'offline' });
      findings.within('offline announced', GONE_MS + GRACE_MS);
      await stop();
      findings.exactly('sockets left at the server', await metric(node, 'hadir_connections'), 1, 'sockets');
    },
  );
});
