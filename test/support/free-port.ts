import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what operating systems give to sockets that ask for none (from 32768 on Linux). There, a port that is free now
 * may be the near end of somebody's connection, or another test's, before the server that it is meant for has started.
 */
const [FIRST, LAST] = [12_000, 31_999] as const;

/** This process gives no port twice, and hardly ever one that another test run gives too. */
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
  const isFree = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  if (isFree) await once(probe.close(), 'close');
  return isFree;
}
