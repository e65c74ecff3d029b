import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A server that says everything back. */
async function echo(): Promise<string> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A connection, what came back on it, and how it ended. */
class Caller {
  received = '';
  ended: string | undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => (this.received += String(chunk)));
    socket.on('end', () => (this.ended ??= 'FIN'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => (this.ended ??= code));
  }

  static async through(proxy: TcpProxy): Promise<Caller> {
    const caller = new Caller(connect(proxy.port, '127.0.0.1'));
    onTestFinished(() => void caller.socket.destroy());
    await expect.poll(() => caller.ended ?? caller.socket.readyState).not.toBe('opening');
    return caller;
  }

  /** @returns how long the answer took, in milliseconds */
  async says(text: string): Promise<number> {
    const began = performance.now();
    const whole = this.received + text;
    this.socket.write(text);
    await expect.poll(() => this.received, { interval: 5, timeout: 5000 }).toBe(whole);
    return performance.now() - began;
  }
}

async function throughProxy(): Promise<{ proxy: TcpProxy; caller: Caller }> {
  const proxy = await TcpProxy.before(await echo());
  const caller = await Caller.through(proxy);
  await caller.says('hello');
  return { proxy, caller };
}

describe('The TCP proxy of the tests', () => {
  it('delivers late, in order', async () => {
    const { proxy, caller } = await throughProxy();
    proxy.latency(50);
    expect(await caller.says('a')).toBeGreaterThanOrEqual(99);
    proxy.latency(0);
    await caller.says('bcd');
  });

  it('delivers so many bytes a second, and the end after them', async () => {
    const { proxy, caller } = await throughProxy();
    proxy.rate(10_000);
    const ms = await caller.says('x'.repeat(5000));
    expect(ms).toBeGreaterThan(450);
    expect(ms).toBeLessThan(1500);
    caller.socket.end('y'.repeat(1000));
    await expect.poll(() => caller.ended).toBe('FIN');
    expect(caller.received.slice(-1000)).toBe('y'.repeat(1000));
    await expect.poll(() => proxy.open).toBe(0);
  });

  it('makes a fast sender wait for a slow reader', async () => {
    const { proxy, caller } = await throughProxy();
    proxy.rate(1000);
    caller.socket.write(Buffer.alloc(50_000_000));
    await (await Caller.through(proxy)).says('x'.repeat(500));
    expect(caller.socket.writableLength).toBeGreaterThan(0);
  });

  it('ends a connection after so many bytes, and the next one too', async () => {
    const { proxy, caller } = await throughProxy();
    proxy.cutAfter(3, 'toClient');
    for (const each of [caller, await Caller.through(proxy)]) {
      const before = each.received;
      each.socket.write('abcdef');
      await expect.poll(() => each.ended).toBe('FIN');
      expect(each.received).toBe(`${before}abc`);
    }
  });

  it('swallows one direction or both of the connections there are, and spares new ones', async () => {
    const { proxy, caller } = await throughProxy();
    proxy.swallow('toServer');
    caller.socket.write('lost');
    const fresh = await Caller.through(proxy);
    await fresh.says('heard');
    proxy.swallow();
    fresh.socket.end('lost');
    await (await Caller.through(proxy)).says('heard');
    expect([caller.received, fresh.received]).toEqual(['hello', 'heard']);
    expect([caller.ended, fresh.ended]).toEqual([undefined, undefined]);
  });

  it('freezes what there is and what comes, and delivers it all when it thaws', async () => {
    const { proxy, caller } = await throughProxy();
    proxy.freeze();
    const fresh = await Caller.through(proxy);
    for (const each of [caller, fresh]) each.socket.write('later');
    await (await Caller.through(await TcpProxy.before(await echo()))).says('meanwhile');
    expect([caller.received, fresh.received]).toEqual(['hello', '']);
    proxy.thaw();
    await expect.poll(() => [caller.received, fresh.received]).toEqual(['hellolater', 'later']);
  });

  it('resets what there is, and while it is down what comes', async () => {
    const { proxy, caller } = await throughProxy();
    proxy.reset();
    await expect.poll(() => caller.ended).toBe('ECONNRESET');
    const second = await Caller.through(proxy);
    await second.says('here');
    proxy.down();
    const third = await Caller.through(proxy);
    for (const each of [second, third]) await expect.poll(() => each.ended).toBe('ECONNRESET');
    proxy.up();
    await (await Caller.through(proxy)).says('here again');
  });

  it('stands in the server’s place in its address', async () => {
    const proxy = await TcpProxy.before('mariadb://root:a%40b@127.0.0.1:3306/hadir');
    expect(proxy.url).toBe(`mariadb://root:a%40b@127.0.0.1:${proxy.port}/hadir`);
  });
});
