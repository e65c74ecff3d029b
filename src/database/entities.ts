import { SessionRecord } from '../auth/session.entity.js';
import { SpentRefreshTokenRecord } from '../auth/spent-refresh-token.entity.js';
import { PresenceChoiceRecord } from '../presence/presence-choice.entity.js';
import { OriginRecord } from '../origins/origin.entity.js';
import { MembershipRecord } from '../rooms/membership.entity.js';
import { RoomRecord } from '../rooms/room.entity.js';
import { UserRecord } from '../users/user.entity.js';

/** Every table, in the order in which they came. */
export const entities = [
  UserRecord,
  SessionRecord,
  SpentRefreshTokenRecord,
  RoomRecord,
  MembershipRecord,
  OriginRecord,
  PresenceChoiceRecord,
];
