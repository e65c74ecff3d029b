import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acceptQuickly } from '../../src/app.accept.js';
import { HttpServerAdapter } from '../../src/app.server.js';
import { runProgram } from '../support/program.js';

interface Listener {
  onconnection(this: unknown, error: number, handle: unknown): void;
}

const handleOf = (server: Server) => (server as unknown as { _handle: Listener })._handle;

async function listen(options: ServerOptions = {}, more: object = {}) {
  const server = createServer(options, (_request, response) => response.end('hello'));
  Object.assign(server, more);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => server.close().closeAllConnections());
  const { onconnection: stock } = handleOf(server);
  acceptQuickly(server);
  const dial = async (): Promise<[Socket, Socket]> => {
    const client = connect(port, '127.0.0.1');
    onTestFinished(() => void client.destroy());
    const [socket] = (await once(server, 'connection')) as [Socket];
    return [client, socket];
  };
  return { server, stock, dial };
}

const connectionsOf = (server: Server) => promisify(server.getConnections.bind(server))();

function symbolOf(socket: Socket, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(socket).find(({ description }) => description === name)!;
  return (socket as unknown as Record<symbol, unknown>)[symbol];
}

describe('a socket that was accepted quickly', () => {
  it('is one of the server’s, which counts it and waits for it at its end', async () => {
    const { server, dial } = await listen();
    const [[one, socket]] = [await dial(), await dial()];
    expect(await connectionsOf(server)).toBe(2);
    expect((socket as unknown as { _server: Server })._server).toBe(server);
    expect(socket).toMatchObject({ allowHalfOpen: true, remoteAddress: '127.0.0.1' });
    let isClosed = false;
    server.close(() => (isClosed = true));
    one.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect([isClosed, await connectionsOf(server)]).toEqual([false, 1]);
    server.closeAllConnections();
    await expect.poll(() => isClosed).toBe(true);
  });

  it('is answered, holds nothing back for a fuller packet, and has Node’s own buffers', async () => {
    const { dial } = await listen();
    const [client, socket] = await dial();
    client.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const chunks = await client.setEncoding('latin1').toArray();
    expect(chunks.join('')).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*hello/);
    expect(symbolOf(socket, 'kSetNoDelay')).toBe(true);
    expect([socket.readableHighWaterMark, socket.writableHighWaterMark]).toEqual([
      client.readableHighWaterMark,
      client.writableHighWaterMark,
    ]);
  });

  it('is as the server’s settings say', async () => {
    const settings = { allowHalfOpen: false, pauseOnConnect: true };
    const { server, dial } = await listen({ highWaterMark: 20_000, noDelay: false }, settings);
    let flows: boolean | null = true;
    server.prependListener('connection', (socket: Socket) => (flows = socket.readableFlowing));
    const [, socket] = await dial();
    expect([socket.readableHighWaterMark, socket.writableHighWaterMark]).toEqual([20_000, 20_000]);
    expect([flows, socket.allowHalfOpen, symbolOf(socket, 'kSetNoDelay')]).toEqual([false, false, false]);
  });

  it('is none where the kernel could not accept, which the server tells', async () => {
    const { server } = await listen();
    const failed = once(server, 'error');
    const handle = handleOf(server);
    handle.onconnection(-24, undefined);
    expect(await failed).toMatchObject([{ code: 'EMFILE', syscall: 'accept' }]);
  });

  it('is told to whoever watches Node’s sockets', async () => {
    const told: unknown[] = [];
    const listener = (message: unknown) => told.push(message);
    subscribe('net.server.socket', listener);
    onTestFinished(() => void unsubscribe('net.server.socket', listener));
    const { dial } = await listen();
    const [, socket] = await dial();
    expect(told).toEqual([{ socket }]);
  });

  it('is left to Node where the server takes only so many', async () => {
    const { server, dial } = await listen();
    server.maxConnections = 1;
    await dial();
    const dropped = once(server, 'drop');
    const { port } = server.address() as AddressInfo;
    const second = connect(port, '127.0.0.1');
    onTestFinished(() => void second.destroy());
    await dropped;
    expect(await connectionsOf(server)).toBe(1);
  });

  it('is left to Node on every version but the one that needs it, and for what Node does by itself', async () => {
    const { server, stock } = await listen();
    expect(handleOf(server).onconnection === stock).toBe(!process.versions.node.startsWith('20.'));
    const keptAlive = createServer({ keepAlive: true });
    await once(keptAlive.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void keptAlive.close());
    const before = handleOf(keptAlive).onconnection;
    acceptQuickly(keptAlive);
    expect(handleOf(keptAlive).onconnection).toBe(before);
    expect(() => acceptQuickly(createServer())).not.toThrow();
  });
});

it('the sockets of Hadir are accepted so', async () => {
  const adapter = new HttpServerAdapter();
  adapter.initHttpServer();
  const server = adapter.getHttpServer() as Server;
  await once(adapter.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { stock } = await listen();
  expect(handleOf(server).onconnection === stock).toBe(!process.versions.node.startsWith('20.'));
});

it('the options of all sockets have one shape', async () => {
  const program = runProgram(
    process.execPath,
    ...['--allow-natives-syntax', '--import', 'tsx', '--input-type=module', '--eval'],
    `import stream from 'node:stream';
     import { createServer } from 'node:http';
     import { connect } from 'node:net';
     import { acceptQuickly } from './src/app.accept.ts';
     const haveOneShape = new Function('one', 'other', 'return %HaveSameMap(one, other)');
     const Duplex = stream.Duplex;
     const seen = [];
     stream.Duplex = Object.setPrototypeOf(function (options) {
       if (options.pauseOnCreate !== undefined) seen.push(options);
       return Reflect.apply(Duplex, this, [options]);
     }, Duplex);
     stream.Duplex.prototype = Duplex.prototype;
     const server = createServer().listen(0, '127.0.0.1', async () => {
       acceptQuickly(server);
       for (let turn = 0; turn < 300; turn += 1)
         await new Promise((resolve) => connect(server.address().port, '127.0.0.1').on('close', resolve).resume().end());
       const others = seen.filter((options, turn) => turn > 0 && !haveOneShape(options, seen[turn - 1]));
       console.log(seen.length + ' sockets, ' + others.length + ' of another shape');
       process.exit();
     });`,
  );
  await program.exited;
  const [, others] = /^300 sockets, (\d+) of another shape/m.exec(program.output) ?? [];
  expect(Number(others), program.output).toBeLessThan(10);
});
