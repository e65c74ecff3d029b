import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A listener nobody may connect to. @returns its address, and how many came */
export async function trap() {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, visits: () => visits };
}
