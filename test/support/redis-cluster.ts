import { expect } from 'vitest';
import { type Certificate, tlsOptions } from './certificate.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';

const SLOTS = [
  ['0', '5460'],
  ['5461', '10922'],
  ['10923', '16383'],
] as const;

interface Member {
  readonly server: RedisServer;
  /** Where clients and the other servers find it. */
  readonly port: number;
  readonly busPort: number;
}

export interface RedisCluster {
  /** The address of one of its servers. */
  readonly url: string;
  readonly servers: readonly RedisServer[];
}

/** Three masters that share the slots. @param certificate with which they speak TLS, also to each other */
export async function redisCluster(program: string, certificate?: Certificate): Promise<RedisCluster> {
  const members = await Promise.all(SLOTS.map(() => member(program, certificate)));
  const [first, second] = members as [Member, Member];
  for (const [index, { server, port, busPort }] of members.entries()) {
    await server.command('CLUSTER', 'ADDSLOTSRANGE', ...SLOTS[index]!);
    await first.server.command('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
  }
  for (const { server } of members) {
    const state = async () => String(await server.command('CLUSTER', 'INFO'));
    await expect.poll(state, { timeout: 20_000 }).toMatch(/cluster_state:ok[^]*cluster_known_nodes:3/);
  }
  const scheme = certificate ? 'rediss' : 'redis';
  return { url: `${scheme}://127.0.0.1:${second.port}`, servers: members.map(({ server }) => server) };
}

/** By itself a server takes a port for the others 10,000 above its own, which there may not be. */
async function member(program: string, certificate: Certificate | undefined): Promise<Member> {
  const [busPort, tlsPort] = [await freePort(), await freePort()];
  const cluster = [
    '--cluster-enabled',
    'yes',
    '--cluster-config-file',
    'nodes.conf',
    '--cluster-port',
    String(busPort),
  ];
  const tls = certificate ? [...tlsOptions(certificate, tlsPort), '--tls-cluster', 'yes'] : [];
  const server = await RedisServer.start(program, [...cluster, ...tls]);
  return { server, port: certificate ? tlsPort : server.port, busPort };
}

/** One more server, which takes the place of a master that dies; after a second and a half rather than fifteen. */
export async function addReplica(program: string, { servers }: RedisCluster, master: RedisServer): Promise<void> {
  const { server, port, busPort } = await member(program, undefined);
  for (const each of [...servers, server]) await each.command('CONFIG', 'SET', 'cluster-node-timeout', '1500');
  await master.command('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
  const id = String(await master.command('CLUSTER', 'MYID'));
  const follow = () => server.command('CLUSTER', 'REPLICATE', id).catch(String);
  await expect.poll(follow, { timeout: 10_000 }).toBe('OK');
  const replication = async () => String(await server.command('INFO', 'replication'));
  await expect.poll(replication, { timeout: 10_000 }).toContain('master_link_status:up');
  for (const each of servers) {
    const slots = async () => JSON.stringify(await each.command('CLUSTER', 'SLOTS'));
    await expect.poll(slots, { timeout: 10_000 }).toContain(`,${port},`);
  }
}
