import { describe, expect, it } from 'vitest';
import { ApiContract } from '../support/api-contract.js';
import { mariadb } from '../support/nodes.js';
import { address, namespace } from '../support/redis.js';
import { startServer } from '../support/server.js';
import { CAST_ENV, Cast } from './cast.js';
import { Fuzz } from './fuzz.js';

/** Twice and more what it takes on two cores of its own. */
const WITHIN_MS = 180_000;
/** A busy machine may answer 503 to one request in so many. */
const RARELY = 200;

async function onServers(): Promise<Record<string, string>> {
  const { url, prefix } = await namespace();
  return { DATABASE_URL: await mariadb(), REDIS_URL: url, REDIS_PREFIX: prefix };
}

const BELOW: { name: string; requests: number; env: () => Promise<Record<string, string>> }[] = [
  { name: 'SQLite', requests: 20_000, env: async () => ({}) },
  ...(address && process.env.TEST_MARIADB_URL ? [{ name: 'MariaDB and Redis', requests: 6000, env: onServers }] : []),
];

describe.each(BELOW)('Every route of REST, on $name,', ({ requests, env }) => {
  it(`answers ${requests} good, bad and hostile requests as the document says`, { timeout: WITHIN_MS }, async () => {
    const server = await startServer({ env: { ...CAST_ENV, ...(await env()), LOG_FORMAT: 'json', LOG_LEVEL: 'info' } });
    const contract = await ApiContract.of(server.url);
    const fuzz = new Fuzz(contract, await Cast.on(server));
    await fuzz.run(requests, server.port);
    expect([...fuzz.faults].map(([cause, why]) => `${cause}\n  ${why}`).join('\n\n')).toBe('');
    expect(fuzz.sent).toBeGreaterThanOrEqual(requests);
    expect(fuzz.unseen).toEqual([]);
    expect(fuzz.statuses[503] ?? 0).toBeLessThan(requests / RARELY);
    const errors = server.output.split('\n').filter((line) => /"level":"(error|fatal)"|Unhandled|^\s+at /.test(line));
    expect(errors).toEqual([]);
  });
});
