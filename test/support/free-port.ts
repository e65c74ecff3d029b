import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what operating systems give to sockets that ask for none (from 32768 on Linux). There, a port that is free now
 * may be the near end of somebody's connection, or another test's, before the server that it is meant for has started.
 */
const [FIRST, LAST] = [12_000, 31_999] as const;

/** Nobody is given a port twice until all were, and two spec files hardly ever the same one. */
let last = FIRST + Math.floor(Math.random() * (LAST - FIRST));

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const candidate = last === LAST ? FIRST : last + 1;
    last = candidate;
    if (await canListenOn(candidate)) return candidate;
  }
}

async function canListenOn(candidate: number): Promise<boolean> {
  const probe = createServer().listen(candidate, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  await once(probe.close(), 'close');
  return true;
}
