import { z } from 'zod';
import { serverMessage } from './message.js';
import { timestamp, uuid } from './envelope.js';

export const ROOM_ROLES = ['owner', 'member'] as const;
export type RoomRole = (typeof ROOM_ROLES)[number];

/** A room as one of its members sees it. */
export const roomView = z.strictObject({
  id: uuid,
  name: z.string(),
  role: z.enum(ROOM_ROLES),
  member_count: z.int(),
  created_at: timestamp,
});

const membership = z.strictObject({ room_id: uuid, user_id: uuid });

export const roomEvents = {
  added: serverMessage({ type: 'room_added', summary: 'You are now a member of this room.', data: roomView }),
  updated: serverMessage({
    type: 'room_updated',
    summary: 'A room of yours has a new name.',
    data: z.strictObject({ room_id: uuid, name: z.string() }),
  }),
  removed: serverMessage({
    type: 'room_removed',
    summary: 'You are no longer a member of this room, or it is gone.',
    data: z.strictObject({ room_id: uuid }),
  }),
  memberAdded: serverMessage({
    type: 'room_member_added',
    summary: 'Somebody joined a room of yours.',
    data: membership,
  }),
  memberRemoved: serverMessage({
    type: 'room_member_removed',
    summary: 'Somebody left a room of yours.',
    data: membership,
  }),
};
