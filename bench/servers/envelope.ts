import { randomUUID } from 'node:crypto';

export interface Message {
  readonly type: string;
  readonly data?: Record<string, unknown>;
}

/** What every server here puts around what it sends: a fresh id and a timestamp. */
export function envelope(type: string, data: unknown) {
  return { type, data, timestamp: new Date().toISOString(), id: randomUUID() };
}

/** What the other members of a room are told when one of them types or changes status. */
export function event({ type, data }: Message, userId: string) {
  if (type === 'typing_start') {
    return envelope(type, {
      room_id: data?.room_id,
      user_id: userId,
      expires_at: new Date(Date.now() + 8000).toISOString(),
    });
  }
  return envelope(type, { user_id: userId, status: data?.status, last_seen_at: null, version: Date.now() });
}

/** Who connects, as the query says. */
export function memberOf(url: string) {
  const query = new URL(url, 'http://127.0.0.1').searchParams;
  return { userId: query.get('user') ?? '', rooms: query.getAll('room'), token: query.get('token') ?? '' };
}

export const port = Number(process.env.PORT);
export const redisUrl = process.env.REDIS_URL;
export const redisPrefix = process.env.REDIS_PREFIX ?? 'bench';
