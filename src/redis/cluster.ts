import { createCluster } from 'redis';
import { clientOptions } from './client-options.js';
import type { Opening, Reply, Server } from './server.js';

/** More servers are not tried when one is looked for that answers. */
const MAX_ADDRESSES = 12;

/** What CLUSTER SLOTS says of masters and replicas. @param address of the server that said it */
export function serversOf(address: string, slots: Reply): string[] {
  const found = new Set([address]);
  for (const range of slots as [number, number, ...[host: string | null, port: number][]][]) {
    for (const [host, port] of range.slice(2) as [string | null, number][]) found.add(at(address, host, port));
  }
  return [...found].slice(0, MAX_ADDRESSES);
}

/** The same address with another host and port. A server that does not know its name is where it was asked. */
function at(address: string, host: string | null, port: number): string {
  const url = new URL(address);
  if (host) url.hostname = host.includes(':') ? `[${host}]` : host;
  url.port = String(port);
  return url.href;
}

/**
 * Sharded pub/sub: what is published stays on the servers of its slot. Each server is connected to when it is first
 * needed, so that one which is dead keeps nobody from the others.
 */
export function openCluster(url: string, addresses: readonly string[], connectTimeout: number): Opening {
  const { username, password, protocol } = new URL(url);
  const { socket, commandOptions, ...options } = clientOptions(connectTimeout);
  const defaults = {
    ...options,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    socket: protocol === 'rediss:' ? { ...socket, tls: true as const } : socket,
  };
  const cluster = createCluster({ rootNodes: [{ url }], defaults, commandOptions, RESP: 2, minimizeConnections: true });
  let tell: (reason: string) => void = () => undefined;
  for (const event of ['error', 'node-error', 'sharded-channel-moved-error'])
    cluster.on(event, (error: Error) => tell(error.message));
  const server: Server = {
    addresses,
    send: (key, args) => cluster.sendCommand<Reply>(key, false, [...args]),
    publish: (channel, message) => cluster.sPublish(channel, message),
    subscribe: (channels, hear) => cluster.sSubscribe(channels, hear),
    unsubscribe: (channels) => cluster.sUnsubscribe(channels),
    destroy: () => {
      if (cluster.isOpen) cluster.destroy();
    },
  };
  return { server, open: () => cluster.connect(), onLost: (listener) => (tell = listener) };
}
