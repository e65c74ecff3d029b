import { describe, expect, it } from 'vitest';
import { SilentSocket, SlowRequest } from '../support/lingering.js';
import { newPerson } from '../support/people.js';
import { handshakeBytes, RawClient } from '../support/raw.js';
import { startServer } from '../support/server.js';
import { connect } from '../support/socket.js';

/** Exits are awaited this long at the most, in milliseconds: the bound that a stopping server has. */
const BOUND_MS = 30_000;

describe('A server that is told to stop', () => {
  it('sends 1,000 sockets away with times spread over the drain, none is just cut, and exits with 0', async () => {
    const server = await startServer({ env: { MAX_CONNECTIONS_PER_USER: '1000', DRAIN_TIMEOUT: '5s' } });
    const ann = await newPerson(server, 'ann');
    const sockets = [];
    for (let batch = 0; batch < 20; batch += 1) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => connect(server.wsUrl, ann.token)))));
    }
    const from = performance.now();
    server.kill('SIGTERM');
    const ends = await Promise.all(sockets.map((socket) => socket.ended()));
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeLessThan(BOUND_MS);
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1001]));
    const bins = ends.map(({ reason }) =>
      Math.floor((JSON.parse(reason) as { retry_after_ms: number }).retry_after_ms / 500),
    );
    expect(new Set(bins).size).toBeGreaterThanOrEqual(8);
    expect(Math.max(...bins)).toBeLessThan(10);
  });

  it('turns newcomers and readiness away while a slow client is still leaving, and finishes the request under way', async () => {
    const server = await startServer({ env: { DRAIN_TIMEOUT: '5s' } });
    const ann = await newPerson(server, 'ann');
    const silent = await SilentSocket.open(server, ann.token);
    const slow = await SlowRequest.begin(server, ann.token);
    const late = await RawClient.connect(server.url);
    server.kill('SIGTERM');
    await silent.sentAway();
    expect(await slow.finish()).toBe(201);
    late.write(handshakeBytes(`/ws?token=${ann.token}`));
    expect(await late.response()).toMatchObject({ status: 503, body: expect.stringContaining('"unavailable"') });
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it('ends at once at the second signal', async () => {
    const server = await startServer();
    const ann = await newPerson(server, 'ann');
    const silent = await SilentSocket.open(server, ann.token);
    server.kill('SIGTERM');
    await expect.poll(() => server.output).toContain('a second signal ends it at once');
    await silent.sentAway();
    const from = performance.now();
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 1 });
    expect(performance.now() - from).toBeLessThan(1000);
  });
});
