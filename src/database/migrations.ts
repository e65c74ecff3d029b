import { CompareExactly1763800000000 } from './migrations/1763800000000-compare-exactly.js';
import { CreateUsers1763800000001 } from './migrations/1763800000001-create-users.js';
import { CreateSessions1763800000002 } from './migrations/1763800000002-create-sessions.js';
import { CreateSpentRefreshTokens1763800000003 } from './migrations/1763800000003-create-spent-refresh-tokens.js';
import { CreateRooms1763800000004 } from './migrations/1763800000004-create-rooms.js';
import { CreateMemberships1763800000005 } from './migrations/1763800000005-create-memberships.js';
import { CreateOrigins1763800000006 } from './migrations/1763800000006-create-origins.js';
import { CreatePresenceChoices1763800000007 } from './migrations/1763800000007-create-presence-choices.js';
import { AddPresenceRevision1763800000008 } from './migrations/1763800000008-add-presence-revision.js';

/** Every step of the schema, sorted by time; a step that was released is never changed. */
export const migrations = [
  CompareExactly1763800000000,
  CreateUsers1763800000001,
  CreateSessions1763800000002,
  CreateSpentRefreshTokens1763800000003,
  CreateRooms1763800000004,
  CreateMemberships1763800000005,
  CreateOrigins1763800000006,
  CreatePresenceChoices1763800000007,
  AddPresenceRevision1763800000008,
];
