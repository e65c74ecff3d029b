import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Backoff } from '../../client/src/backoff.js';
import { Hadir, type SocketClass } from '../../client/src/index.js';
import { newPerson } from '../support/people.js';
import { startServer } from '../support/server.js';

const CLIENTS = 300;

/** How many of the times fall into the fullest tenth of a second. */
function peakPer100Ms(times: number[]): number {
  const slots = new Map<number, number>();
  for (const time of times) slots.set(Math.floor(time / 100), (slots.get(Math.floor(time / 100)) ?? 0) + 1);
  return Math.max(...slots.values());
}

describe('thousands who come back', () => {
  it('are spread at every try, 5,000 of them drawn by the clock of their backoff', () => {
    const crowd = Array.from({ length: 5000 }, () => ({ backoff: new Backoff(Math.random), at: 0 }));
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const waits = crowd.map(({ backoff }) => backoff.next());
      const ceiling = Math.min(20_000, 2000 * 2 ** attempt);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(250);
      expect(Math.max(...waits)).toBeLessThanOrEqual(ceiling);
      const even = 5000 / ((ceiling - 250) / 100);
      expect(peakPer100Ms(waits), `try ${attempt}`).toBeLessThan(even * 1.5 + 20);
    }
  });

  it(`all return after a restart, and not as one wave: ${CLIENTS} real sockets`, async () => {
    const env = { MAX_CONNECTIONS_PER_USER: '1000', JWT_SECRET: 'the same secret before and after it' };
    const server = await startServer({ env: { ...env, SEED_DEMO: 'false' } });
    const person = await newPerson(server, 'alice');
    const DATABASE_URL = `sqlite:${server.folder}/hadir.db`;
    const returns: number[] = [];
    const tries: number[] = [];
    const crowd = Array.from({ length: CLIENTS }, () => {
      const client = new Hadir(server.url, { getToken: () => person.token, WebSocket: WebSocket as SocketClass });
      client.on('state', ({ state, retryInMs }) => {
        if (state === 'connected') returns.push(Date.now());
        if (retryInMs !== undefined) tries.push(retryInMs);
      });
      onTestFinished(() => client.disconnect());
      client.connect();
      return client;
    });
    await Promise.all(crowd.map((client) => client.ready()));
    returns.length = 0;
    server.kill('SIGKILL');
    await server.exited;
    await expect.poll(() => tries.length, { timeout: 5000 }).toBeGreaterThanOrEqual(CLIENTS);
    expect(peakPer100Ms(tries.slice(0, CLIENTS))).toBeLessThan(CLIENTS / 5);
    await startServer({ env: { ...env, SEED_DEMO: 'false', DATABASE_URL, PORT: String(server.port) } });
    await expect
      .poll(() => crowd.filter(({ state }) => state === 'connected').length, { timeout: 40_000 })
      .toBe(CLIENTS);
    expect(peakPer100Ms(returns)).toBeLessThan(CLIENTS / 2);
  });
});
