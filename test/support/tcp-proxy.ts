import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Lane, type Direction, type Weather } from './tcp-lane.js';

const STANDARD_PORTS: Record<string, number> = { 'mariadb:': 3306, 'mysql:': 3306, 'redis:': 6379, 'http:': 80 };

interface Connection {
  readonly sockets: readonly [client: Socket, server: Socket];
  readonly lanes: readonly Lane[];
}

/** Stands between clients and a server, and is as bad a network as a test wants. It is gone with the test. */
export class TcpProxy {
  private readonly connections = new Set<Connection>();
  private readonly weather: Record<Direction, Weather> = {
    toServer: { latencyMs: 0, bytesPerSecond: Infinity, bytesLeft: Infinity },
    toClient: { latencyMs: 0, bytesPerSecond: Infinity, bytesLeft: Infinity },
  };
  private isDown = false;
  private isFrozen = false;
  private unanswered: string | undefined;

  private constructor(
    readonly port: number,
    private readonly target: URL,
  ) {}

  /** @param address of the server, such as redis://127.0.0.1:6379 */
  static async before(address: string): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const proxy = new TcpProxy((listener.address() as AddressInfo).port, new URL(address));
    listener.on('connection', (client) => proxy.join(client));
    onTestFinished(() => {
      listener.close();
      proxy.down();
    });
    return proxy;
  }

  /** The server's address with the proxy in the server's place. */
  get url(): string {
    const { protocol, username, password, pathname } = this.target;
    const credentials = username && `${username}${password && `:${password}`}@`;
    return `${protocol}//${credentials}127.0.0.1:${this.port}${pathname === '/' ? '' : pathname}`;
  }

  /** How many connections there are. */
  get open(): number {
    return this.connections.size;
  }

  /** So late is everything that is said from now on, each way. */
  latency(ms: number): void {
    for (const weather of Object.values(this.weather)) weather.latencyMs = ms;
  }

  /** So fast goes everything that is said from now on, each way and each connection; what does not fit waits. */
  rate(bytesPerSecond: number): void {
    for (const weather of Object.values(this.weather)) weather.bytesPerSecond = bytesPerSecond;
  }

  /** Every connection, now and later, ends when so many bytes more have passed on it in that direction. */
  cutAfter(bytes: number, direction: Direction): void {
    this.weather[direction].bytesLeft = bytes;
    for (const lane of this.lanes(direction)) lane.bytesLeft = bytes;
  }

  /** From now on nothing arrives on the connections there are, and nobody is told. New ones are not concerned. */
  swallow(direction?: Direction): void {
    for (const lane of this.lanes(direction)) lane.swallows = true;
  }

  /** The next to say this to the server gets no answer, nor any to what they say afterwards. */
  loseAnswerTo(text: string): void {
    this.unanswered = text;
  }

  /** Nothing moves, on new connections neither, as if the server's process had stopped. `thaw` delivers it all. */
  freeze(): void {
    this.isFrozen = true;
    for (const lane of this.lanes()) lane.freeze();
  }

  thaw(): void {
    this.isFrozen = false;
    for (const lane of this.lanes()) lane.thaw();
  }

  /** Ends every connection with RST. New ones are welcome. */
  reset(): void {
    for (const { sockets } of this.connections) for (const socket of sockets) socket.resetAndDestroy();
  }

  /** Ends every connection with RST, and new ones as soon as they come. */
  down(): void {
    this.isDown = true;
    this.reset();
  }

  up(): void {
    this.isDown = false;
  }

  private lanes(direction?: Direction): Lane[] {
    const all = [...this.connections].flatMap(({ lanes }) => lanes);
    return direction ? all.filter((lane) => lane.direction === direction) : all;
  }

  private join(client: Socket): void {
    client.on('error', () => undefined);
    if (this.isDown) {
      client.resetAndDestroy();
      return;
    }
    const { hostname, port, protocol } = this.target;
    const far = { host: hostname, port: Number(port) || (STANDARD_PORTS[protocol] ?? 0), allowHalfOpen: true };
    const server = connect(far);
    const lanes = [
      new Lane('toServer', client, server, this.weather.toServer),
      new Lane('toClient', server, client, this.weather.toClient),
    ];
    client.on('data', (bytes: Buffer) => {
      if (this.unanswered === undefined || !bytes.includes(this.unanswered)) return;
      this.unanswered = undefined;
      for (const lane of lanes) if (lane.direction === 'toClient') lane.swallows = true;
    });
    const connection: Connection = { sockets: [client, server], lanes };
    if (this.isFrozen) for (const lane of lanes) lane.freeze();
    this.connections.add(connection);
    for (const socket of connection.sockets) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (connection.sockets.every(({ destroyed }) => destroyed)) this.connections.delete(connection);
      });
    }
  }
}
