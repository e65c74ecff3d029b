import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP connection in between, which a test can cut and mend. */
export class Proxy {
  private readonly sockets = new Set<Socket>();
  private down = false;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (socket) => this.join(socket));
  }

  static async to(host: string, port: number): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server, { host, port });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => proxy.end());
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** Resets what is open and whatever comes. */
  cut(): void {
    this.down = true;
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.down = false;
  }

  private join(near: Socket): void {
    if (this.down) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.target);
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }

  private end(): void {
    this.cut();
    this.server.close();
  }
}
