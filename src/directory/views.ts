import { z } from 'zod';
import type { Identity } from '../auth/identity.js';
import { ROLES, type User } from '../users/user.js';

export const userView = z
  .strictObject({
    id: z.uuid(),
    display_name: z.string(),
    email: z.string().optional().describe('administrators only'),
    role: z.enum(ROLES).optional().describe('administrators only'),
    disabled: z.boolean().optional().describe('administrators only'),
  })
  .meta({ id: 'User', description: 'A user, as others see them.' });

export function showUser(
  { id, displayName, email, role, disabledAt }: User,
  viewer: Identity,
): z.input<typeof userView> {
  const known = { id, display_name: displayName };
  return viewer.role === 'admin' ? { ...known, email, role, disabled: disabledAt !== null } : known;
}
