import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Two ends of a TCP connection, as a server has it and as a client has it. Both are gone when the test is. */
export async function tcpPair(): Promise<{ stream: Socket; client: Socket }> {
  // As the HTTP server has it: a client that ends may still be told something.
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [stream] = (await once(server, 'connection')) as [Socket];
  for (const socket of [client, stream]) socket.on('error', () => undefined);
  onTestFinished(() => {
    for (const socket of [client, stream]) socket.destroy();
    server.close();
  });
  return { stream, client };
}
