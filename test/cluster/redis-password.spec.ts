import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { parse } from 'yaml';
import { startApp } from '../support/app.js';
import { findRedisServer, RedisServer } from '../support/redis-server.js';
import { need } from '../support/requirement.js';
import { SecretsFolder } from '../support/secrets.js';

interface Compose {
  services: { redis: { command: string[]; healthcheck: { test: [string, string] } } };
}

const { redis } = (parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose).services;

/** The Redis of docker-compose.yml with the secrets that deploy/secrets.sh makes, at a port of its own. */
async function composed(context: TestContext) {
  const program = need(context, 'redis-server', findRedisServer(['redis-server']));
  const folder = new SecretsFolder();
  expect(folder.run('create').status).toBe(0);
  const [, ...options] = redis.command.map((word) => word.replace('/redis-secrets', folder.redis));
  const server = await RedisServer.start(program, options);
  const place = (text: string) => text.replace('@redis:6379', `@127.0.0.1:${server.port}`);
  const file = join(folder.redis, 'url-here');
  writeFileSync(file, place(readFileSync(join(folder.redis, 'url'), 'utf8')));
  return { folder, server, file };
}

describe('the Redis of docker-compose.yml', () => {
  it('takes nodes that read its address from the file, and nobody without the password', async (context) => {
    const { server, file } = await composed(context);
    const node = await startApp({ env: { REDIS_URL_FILE: file } });
    expect((await fetch(`${node.url}/health/ready`)).status).toBe(200);
    await expect(server.command('PING')).rejects.toThrow('NOAUTH');
    const bad = file.replace('url-here', 'url-bad');
    writeFileSync(bad, readFileSync(file, 'utf8').replace(/:[0-9a-f]+@/, ':0123456789@'));
    await expect(startApp({ env: { REDIS_URL_FILE: bad } })).rejects.toMatchObject({
      reason: expect.stringContaining('WRONGPASS'),
    });
  });

  it('is found healthy with its password alone', async (context) => {
    const { folder, server } = await composed(context);
    const [kind, text] = redis.healthcheck.test;
    expect(kind).toBe('CMD-SHELL');
    const check = text.replaceAll('$$', '$').replace('redis-cli', `redis-cli -p ${server.port}`);
    const run = (command: string) => spawnSync('sh', ['-c', command], { encoding: 'utf8' }).status;
    need(context, 'redis-cli', run('redis-cli --version') === 0 ? true : undefined);
    expect(run(check.replace('/redis-secrets', folder.redis))).toBe(0);
    expect(run(check.replace('/redis-secrets/password', '/dev/null'))).toBe(1);
    await server.kill();
    expect(run(check.replace('/redis-secrets', folder.redis))).toBe(1);
  });
});
