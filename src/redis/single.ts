import { createClient } from 'redis';
import { clientOptions } from './client-options.js';
import type { Opening, Reply, Server } from './server.js';

export function openSingle(url: string, connectTimeout: number): Opening {
  const { socket, ...options } = clientOptions(connectTimeout);
  const single = createClient({ ...options, url, socket });
  let tell: (reason: string) => void = () => undefined;
  single.on('error', (error: Error) => tell(error.message));
  const server: Server = {
    addresses: [],
    send: (_key, args) => single.sendCommand<Reply>([...args]),
    publish: (channel, message) => single.publish(channel, message),
    subscribe: (channels, hear) => single.subscribe(channels, hear),
    unsubscribe: (channels) => single.unsubscribe(channels),
    destroy: () => {
      if (single.isOpen) single.destroy();
    },
  };
  return { server, open: () => single.connect(), onLost: (listener) => (tell = listener) };
}
