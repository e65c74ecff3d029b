import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands between a client and a server on this machine, and can swallow what either says. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private readonly swallowed = new WeakSet<Socket>();

  private constructor(readonly port: number) {}

  static async before(serverPort: number): Promise<TcpProxy> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new TcpProxy((listener.address() as { port: number }).port);
    listener.on('connection', (client) => proxy.join(client, connect(serverPort, '127.0.0.1')));
    onTestFinished(() => {
      listener.close();
      for (const socket of proxy.sockets) socket.destroy();
    });
    return proxy;
  }

  /** From now on nothing arrives on the connections there are, and nobody is told. New ones are not concerned. */
  swallow(): void {
    for (const socket of this.sockets) this.swallowed.add(socket);
  }

  private join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => {
        if (!this.swallowed.has(from)) to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        if (!this.swallowed.has(from)) to.destroy();
      });
    }
  }
}
