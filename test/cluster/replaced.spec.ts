import { describe, expect, it } from 'vitest';
import { NodeIdentity } from '../../src/cluster/node-identity.js';
import { SystemClock } from '../../src/common/clock.js';
import { RedisConnectionRegistry } from '../../src/realtime/connection-registry.redis.js';
import { startApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { namespace, redisIn, redisKinds } from '../support/redis.js';
import { databaseFile } from '../support/scene.js';
import { connect } from '../support/socket.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const LEASE_MS = 1000;

describe.each(redisKinds.filter(({ url }) => url))('A connection that had to make room ($name)', ({ url }) => {
  async function twoRegistries() {
    const space = await namespace(url);
    const settings = { redisUrls: undefined, redisPrefix: '', nodeLeaseMs: LEASE_MS };
    const node = async () => {
      const identity = new NodeIdentity();
      const registry = new RedisConnectionRegistry(await redisIn(space), identity, new SystemClock(), settings);
      const replaced: string[] = [];
      registry.onReplaced((id) => replaced.push(id));
      const admit = (id: string) =>
        registry.admit(
          { id, userId: 'ann', sessionId: 's', nodeId: identity.id, address: '', userAgent: '', connectedAt: 0 },
          1,
          true,
        );
      return { registry, replaced, admit };
    };
    return { space, here: await node(), there: await node() };
  }

  it('is named to its node until it is released, and to no other', async () => {
    const { space, here, there } = await twoRegistries();
    await here.admit('c1');
    await there.admit('c2');
    for (const { registry } of [here, there]) await registry.onApplicationBootstrap();
    await expect.poll(() => here.replaced).toEqual(['c1']);
    await here.registry.release({ id: 'c1', userId: 'ann' });
    await here.admit('c3');
    await expect.poll(() => there.replaced).toEqual(['c2']);
    expect(here.replaced).toEqual(['c1']);
    for (const { registry } of [here, there]) await registry.onApplicationShutdown();
    expect(await space.keys()).toEqual([]);
  });

  it('is closed, although nobody could tell its node', async () => {
    const { prefix } = await namespace(url);
    const proxy = await TcpProxy.before(url!);
    const env = {
      DATABASE_URL: databaseFile(),
      REDIS_PREFIX: prefix,
      MAX_CONNECTIONS_PER_USER: '1',
      MAX_CONNECTIONS_POLICY: 'replace_oldest',
    };
    const deaf = await startApp({ env: { ...env, REDIS_URL: proxy.url } });
    const other = await startApp({ env: { ...env, REDIS_URL: url! } });
    const ann = await newPerson(other, 'Ann');
    const oldest = await connect(deaf.wsUrl, ann.token);
    proxy.swallow();
    const newest = await connect(other.wsUrl, ann.token);
    const closed = await oldest.until(() => oldest.closed, 'the close', 15_000);
    expect(closed.code).toBe(4503);
    await newest.settled();
  }, 40_000);
});
