import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metric } from '../support/metrics.js';
import { newPerson } from '../support/people.js';
import { handshakeBytes, RawClient } from '../support/raw.js';
import { type Server, startServer } from '../support/server.js';
import { connect, openSocket } from '../support/socket.js';
import { openSqlite } from '../support/sqlite-file.js';

const LOG = { LOG_FORMAT: 'json', LOG_LEVEL: 'info', SEED_DEMO: 'false' };
const FLOOD = 3000;
const AT_ONCE = 40;
const PER_SECOND = 10;

type Line = Record<string, unknown>;

/** Its lines, each of which must be JSON. */
function linesOf({ output }: Server): Line[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const eventsOf = (server: Server, event: string) => linesOf(server).filter((line) => line.event === event);

describe('The security log of a server', () => {
  it('tells of refused origins in one line each, with whatever was sent made short and harmless', async () => {
    const server = await startServer({ env: LOG });
    const nasty = 'https://evil.test\t[31m\u009b31m\u0085{"event":"login_ok"}';
    for (const origin of ['https://evil.test', nasty, 'x'.repeat(2000)]) {
      const raw = await RawClient.connect(server.url);
      raw.write(Buffer.from(handshakeBytes('/ws', { Origin: origin }), 'latin1'));
      expect((await raw.response()).status).toBe(403);
    }
    const address = '127.0.0.1';
    await expect.poll(() => eventsOf(server, 'origin_refused')).toHaveLength(3);
    const refused = eventsOf(server, 'origin_refused');
    expect(refused).toMatchObject([{ address, origin: 'https://evil.test' }, { address }, { address }]);
    for (const { origin } of refused) expect(String(origin).length).toBeLessThanOrEqual(256);
    for (const control of ['\u001b', '\u0085', '\u009b', '\t', '\r']) expect(server.output).not.toContain(control);
    expect(eventsOf(server, 'login_ok')).toEqual([]);
  });
});

describe('A flood of failures', () => {
  it(
    'writes at most ten lines a second for a cause, counts the rest, and stays polite',
    { timeout: 60_000 },
    async () => {
      const server = await startServer({ env: { ...LOG, LOG_LEVEL: 'debug' } });
      const ann = await newPerson(server, 'ann');
      const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(server.wsUrl, ann.token)));
      openSqlite(join(server.folder, 'hadir.db')).exec('DROP TABLE memberships');
      const began = performance.now();
      const ask = async (turn: number) => {
        const { data } = await sockets[turn % sockets.length]!.request('presence_subscribe', {
          user_ids: [crypto.randomUUID()],
        });
        return (data as { code: string }).code;
      };
      for (let turn = 0; turn < FLOOD; turn += AT_ONCE) {
        const codes = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(turn + index)));
        expect(new Set(codes)).toEqual(new Set(['internal']));
      }
      const seconds = Math.ceil((performance.now() - began) / 1000);
      await pause(200);
      const written = eventsOf(server, 'handler_failed').length;
      const heldBack = await metric(server, 'hadir_log_lines_suppressed_total{context="Realtime"}');
      expect(written).toBeGreaterThanOrEqual(PER_SECOND);
      expect(written).toBeLessThanOrEqual(PER_SECOND * (seconds + 1));
      expect(written + heldBack).toBe(FLOOD);
      for (const socket of sockets) await socket.settled();
    },
  );

  it('of bad frames writes at most ten lines a second for a cause', { timeout: 60_000 }, async () => {
    const server = await startServer({ env: { ...LOG, LOG_LEVEL: 'debug', MAX_CONNECTIONS_PER_USER: '5000' } });
    const ann = await newPerson(server, 'ann');
    const before = linesOf(server).length;
    const began = performance.now();
    const spoil = async () => {
      const socket = await openSocket(`${server.wsUrl}?token=${ann.token}`);
      for (let turn = 0; turn < 10; turn += 1) socket.send('{');
      expect((await socket.ended()).code).toBe(4509);
    };
    for (let turn = 0; turn < 20; turn += 1) await Promise.all(Array.from({ length: 20 }, spoil));
    const seconds = Math.ceil((performance.now() - began) / 1000);
    const counts = new Map<string, number>();
    for (const { level, context, message = '', event = '' } of linesOf(server).slice(before)) {
      const cause = JSON.stringify([level, context, event, String(message).slice(0, 12)]);
      counts.set(cause, (counts.get(cause) ?? 0) + 1);
    }
    for (const [cause, count] of counts) expect(count, cause).toBeLessThanOrEqual(PER_SECOND * (seconds + 1));
    expect(await metric(server, 'hadir_connections')).toBe(0);
  });
});
