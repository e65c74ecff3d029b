import { z } from 'zod';
import { iso } from '../common/clock.js';
import { timestamp } from '../protocol/index.js';
import { ROLES, type User } from '../users/user.js';
import type { Login } from './auth.service.js';
import type { Session } from './sessions.service.js';

export const ownUserView = z
  .strictObject({
    id: z.uuid(),
    email: z.string(),
    display_name: z.string(),
    role: z.enum(ROLES),
    created_at: timestamp,
  })
  .meta({ id: 'OwnUser', description: 'A user, as they see themselves.' });

export const loginView = z
  .strictObject({
    user: ownUserView,
    access_token: z.string().describe('a JWT for the Authorization header and for /ws'),
    refresh_token: z.string().describe('opaque, good once'),
    token_type: z.literal('Bearer'),
    expires_in: z.int().describe('life of the access token in seconds'),
    expires_at: timestamp.describe('end of the access token'),
    session_id: z.uuid(),
  })
  .meta({ id: 'Login' });

export const sessionView = z
  .strictObject({
    id: z.uuid(),
    device_name: z.string().nullable(),
    ip: z.string(),
    user_agent: z.string().nullable(),
    created_at: timestamp,
    last_used_at: timestamp,
    current: z.boolean().describe('whether this is the session that asks'),
  })
  .meta({ id: 'Session' });

export function showOwnUser({ id, email, displayName, role, createdAt }: User): z.input<typeof ownUserView> {
  return { id, email, display_name: displayName, role, created_at: createdAt.toISOString() };
}

/** @param now milliseconds since the epoch */
export function showLogin(login: Login, now: number): z.input<typeof loginView> {
  return {
    user: showOwnUser(login.user),
    access_token: login.accessToken,
    refresh_token: login.refreshToken,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor((login.expiresAt - now) / 1000)),
    expires_at: iso(login.expiresAt),
    session_id: login.sessionId,
  };
}

export function showSession(session: Session, currentId: string): z.input<typeof sessionView> {
  return {
    id: session.id,
    device_name: session.deviceName,
    ip: session.ip,
    user_agent: session.userAgent,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    current: session.id === currentId,
  };
}
