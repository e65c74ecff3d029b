import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { type Certificate, findOpenssl, selfSigned, tlsOptions } from '../support/certificate.js';
import { freePort } from '../support/free-port.js';
import { redisCluster } from '../support/redis-cluster.js';
import { findRedisServer, PROGRAMS, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { change, enter, roommates } from '../support/scene.js';
import { refusedStart, startServer } from '../support/server.js';

const PASSWORD = 'p@ss/word';

const certificateOf = (context: TestContext) => selfSigned(need(context, 'openssl', findOpenssl()));

/** A server that takes TLS and a password. @returns its address */
async function encrypted(program: string, certificate: Certificate): Promise<string> {
  const port = await freePort();
  await RedisServer.start(program, [...tlsOptions(certificate, port), '--requirepass', PASSWORD]);
  return `rediss://:${encodeURIComponent(PASSWORD)}@localhost:${port}`;
}

/** Two nodes with this Redis hear of each other. */
async function expectJoined(redisUrl: string, { certFile }: Certificate): Promise<void> {
  const env = {
    REDIS_URL: redisUrl,
    NODE_EXTRA_CA_CERTS: certFile,
    JWT_SECRET: 'one secret for both nodes of this test',
  };
  const here = await startServer({ env });
  const database = `sqlite:${join(here.folder, 'hadir.db')}`;
  const there = await startServer({ env: { ...env, DATABASE_URL: database } });
  const { people } = await roommates(here, 'ani', 'budi');
  const [ani, budi] = people;
  const watcher = await enter(there, budi);
  const device = await enter(here, ani);
  await device.request('user_status_change', { status: 'busy' });
  expect((await change(watcher, ani.id, 2)).status).toBe('busy');
}

describe.each(PROGRAMS)('TLS to %s', (program) => {
  it('joins nodes that trust its certificate', async (context) => {
    const certificate = certificateOf(context);
    const found = need(context, program, findRedisServer([program]));
    await expectJoined(await encrypted(found, certificate), certificate);
  });

  it('joins them over a cluster too', async (context) => {
    const certificate = certificateOf(context);
    const { url } = await redisCluster(need(context, program, findRedisServer([program])), certificate);
    await expectJoined(url, certificate);
  });

  it('is not made with a certificate that nobody vouches for', async (context) => {
    const found = need(context, program, findRedisServer([program]));
    const { code, output } = await refusedStart({ REDIS_URL: await encrypted(found, certificateOf(context)) });
    expect(code).toBe(1);
    expect(output).toMatch(/REDIS_URL does not answer.*self-signed certificate/);
    expect(output).not.toContain(encodeURIComponent(PASSWORD));
  });
});
