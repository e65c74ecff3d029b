import { JWT_SECRET, seed } from '../../bench/seed.js';
import type { Member } from '../../bench/dialect.js';
import { mariadb } from './nodes.js';
import { openSocket, type Refusal, type TestSocket } from './socket.js';

/** Handshakes under way at once while a crowd comes in unhurriedly. */
const AT_ONCE = 40;
/** How long a client waits that nobody told how long to, in milliseconds: from half of this to all of it. */
const PAUSE_MS = 400;

export interface Crowd {
  /** The database they are in, and what the servers need to know them and let them in from one address. */
  readonly env: Record<'DATABASE_URL' | 'JWT_SECRET' | 'MAX_CONNECTIONS_PER_IP', string>;
  readonly people: readonly Member[];
}

/** So many users with sessions, spread over rooms of one size. Nobody has to log in, which takes long by intent. */
export async function crowd(count: number, roomSize: number): Promise<Crowd> {
  const url = await mariadb();
  const rooms = Array.from({ length: Math.ceil(count / roomSize) }, (_, room) =>
    Array.from({ length: Math.min(roomSize, count - room * roomSize) }, (__, seat) => room * roomSize + seat),
  );
  return {
    env: { DATABASE_URL: url, JWT_SECRET, MAX_CONNECTIONS_PER_IP: '20000' },
    people: await seed(url, { users: count, rooms }),
  };
}

/** One socket for each, on the nodes in turn, without haste. */
export async function enterAll(nodes: readonly { wsUrl: string }[], people: readonly Member[]): Promise<TestSocket[]> {
  const sockets: TestSocket[] = [];
  const rest = people.entries();
  const worker = async () => {
    for (const [index, { token }] of rest) {
      const socket = await persist(nodes[index % nodes.length]!.wsUrl, token);
      await socket.next('connected');
      sockets[index] = socket;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return sockets;
}

/** Dials as a good client does: it comes again until it is let in, when it was told to, or soon where nobody said. */
export async function persist(wsUrl: string, token: string): Promise<TestSocket> {
  for (;;) {
    try {
      return await openSocket(wsUrl, { headers: { authorization: `Bearer ${token}` } });
    } catch (error) {
      const { status, body } = error as Partial<Refusal>;
      if (status !== undefined && status !== 503 && status !== 429) throw error;
      const pauseMs = body?.error.retry_after_ms ?? PAUSE_MS * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
