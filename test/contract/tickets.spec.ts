import { describe, expect, it } from 'vitest';
import type { AccessClaims } from '../../src/auth/access-tokens.js';
import type { Tickets } from '../../src/auth/tickets.js';
import { MemoryTickets } from '../../src/auth/tickets.memory.js';
import { RedisTickets } from '../../src/auth/tickets.redis.js';
import { MemoryBackend } from '../../src/cluster/memory-backend.js';
import { namespace, redisIn, RedisTestClock, withRedis } from '../support/redis.js';
import { TestClock } from '../support/test-clock.js';

interface Nodes {
  readonly clock: TestClock;
  /** Two nodes on one backend. */
  readonly nodes: readonly [Tickets, Tickets];
}

const inMemory = async (): Promise<Nodes> => {
  const [clock, backend] = [new TestClock(), new MemoryBackend()];
  return { clock, nodes: [new MemoryTickets(backend, clock), new MemoryTickets(backend, clock)] };
};

const onRedis = (url: string) => async (): Promise<Nodes> => {
  const space = await namespace(url);
  const clock = await RedisTestClock.in(space);
  return {
    clock,
    nodes: [new RedisTickets(await redisIn(space), clock), new RedisTickets(await redisIn(space), clock)],
  };
};

const claims: AccessClaims = {
  userId: '01890000-0000-7000-8000-000000000001',
  sessionId: '01890000-0000-7000-8000-000000000002',
  tokenId: '01890000-0000-7000-8000-000000000003',
  expiresAt: 4_000_000_000_000,
};

describe.each(withRedis(inMemory, onRedis))('tickets (%s)', (_name, start) => {
  it('stand for the claims they were bought with, on any node', async () => {
    const { nodes, clock } = await start();
    const { ticket, expiresAt } = await nodes[0].issue(claims);
    expect(ticket).toMatch(/^[\w-]{43,}$/);
    expect(expiresAt).toBe(clock.now() + 30_000);
    expect(await nodes[1].redeem(ticket)).toEqual(claims);
  });

  it('are good once, also of ten who show one at the same moment on two nodes', async () => {
    const { nodes } = await start();
    const { ticket } = await nodes[0].issue(claims);
    const shown = await Promise.all(Array.from({ length: 10 }, (_, index) => nodes[index % 2 ? 0 : 1].redeem(ticket)));
    expect(shown.filter((found) => found !== undefined)).toHaveLength(1);
    expect(await nodes[0].redeem(ticket)).toBeUndefined();
  });

  it('are good for 30 s', async () => {
    const { nodes, clock } = await start();
    const [early, late] = [await nodes[0].issue(claims), await nodes[0].issue(claims)];
    await clock.advance(29_999);
    expect(await nodes[0].redeem(early.ticket)).toEqual(claims);
    await clock.advance(1);
    expect(await nodes[0].redeem(late.ticket)).toBeUndefined();
  });

  it.each(['', 'x', 'A'.repeat(43), '__proto__'])('that nobody issued stand for nothing: %s', async (ticket) => {
    expect(await (await start()).nodes[0].redeem(ticket)).toBeUndefined();
  });
});
