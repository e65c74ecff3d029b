import { randomBytes, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { JwtService } from '@nestjs/jwt';
import type { ObjectLiteral } from 'typeorm';
import { AccessTokens } from '../src/auth/access-tokens.js';
import { Keyring } from '../src/auth/keyring.js';
import { SystemClock } from '../src/common/clock.js';
import { storedId } from '../src/common/ids.js';
import { slice } from '../src/config/settings.js';
import type { Member } from './dialect.js';

export const JWT_SECRET = randomBytes(32).toString('hex');

const DAY_MS = 86_400_000;
/** SQLite takes so many values in one statement. */
const ROWS_AT_ONCE = 2000;

/** So many users, and rooms as the numbers of the users who are in them. */
export interface Census {
  readonly users: number;
  readonly rooms: readonly (readonly number[])[];
}

/** Writes users with sessions, rooms and memberships into an empty database. @param url DATABASE_URL of its server */
export async function seed(url: string, { users: count, rooms }: Census): Promise<Member[]> {
  const at = new Date();
  const users = Array.from({ length: count }, () => ({ userId: storedId(), sessionId: storedId() }));
  const roomIds = rooms.map(() => storedId());
  const seats = rooms.flatMap((room, index) =>
    room.map((user, place) => ({ roomId: roomIds[index]!, user, role: place === 0 ? 'owner' : 'member' })),
  );
  const { databaseOptions, openDatabase } = await builtDatabase();
  const database = await openDatabase(databaseOptions(url));
  const insert = (entity: string, rows: ObjectLiteral[]) =>
    database.transaction(async (manager) => {
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        const values = rows.slice(from, from + ROWS_AT_ONCE);
        await manager.createQueryBuilder().insert().into(entity).values(values).updateEntity(false).execute();
      }
    });
  await insert(
    'UserRecord',
    users.map((user, index) => userRow(user.userId, index, at)),
  );
  await insert(
    'SessionRecord',
    users.map((user) => sessionRow(user, at)),
  );
  await insert(
    'RoomRecord',
    roomIds.map((id, index) => ({ id, name: `Room ${index}`, createdAt: at })),
  );
  await insert(
    'MembershipRecord',
    seats.map(({ roomId, user, role }) => ({ roomId, userId: users[user]!.userId, role, joinedAt: at })),
  );
  await database.destroy();
  return membersOf(users, seats);
}

/** The entities need their decorators' metadata, which only the build has. */
function builtDatabase(): Promise<typeof import('../src/database/data-source.js')> {
  return import(pathToFileURL(resolve('dist/database/data-source.js')).href) as ReturnType<typeof builtDatabase>;
}

function membersOf(
  users: readonly { userId: string; sessionId: string }[],
  seats: readonly { roomId: string; user: number }[],
): Member[] {
  const tokens = accessTokens();
  const rooms = users.map((): string[] => []);
  for (const { user, roomId } of seats) rooms[user]!.push(roomId);
  return users.map(({ userId, sessionId }, index) => ({
    userId,
    token: tokens.issue(userId, sessionId).token,
    rooms: rooms[index]!,
  }));
}

/** Tokens as the server itself issues them, good for a day. */
function accessTokens(): AccessTokens {
  const values = { ACCESS_TOKEN_TTL: DAY_MS } as Parameters<typeof slice>[0];
  const { auth } = slice(values, [JWT_SECRET]);
  return new AccessTokens(new JwtService(), new Keyring(auth), new SystemClock(), auth);
}

function userRow(id: string, index: number, createdAt: Date): ObjectLiteral {
  // Nobody logs in here: the sessions are there already.
  const passwordHash = '$argon2id$v=19$m=19456,t=2,p=1$';
  return { id, email: `${index}@bench.test`, passwordHash, displayName: `User ${index}`, role: 'user', createdAt };
}

function sessionRow({ userId, sessionId }: { userId: string; sessionId: string }, at: Date): ObjectLiteral {
  const expiresAt = new Date(at.getTime() + DAY_MS);
  const refreshHash = randomUUID();
  return { id: sessionId, userId, refreshHash, ip: '127.0.0.1', createdAt: at, lastUsedAt: at, expiresAt };
}
