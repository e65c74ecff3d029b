import { z } from 'zod';
import { clientMessage, serverMessage } from './message.js';
import { timestamp, uuid } from './envelope.js';

/** What a user may choose and what the user's own sockets are told. */
export const STATUSES = ['online', 'offline', 'away', 'busy', 'invisible'] as const;
/** What anybody else may ever be told. */
const SHOWN_STATUSES = ['online', 'offline', 'away', 'busy'] as const;

export const ownStatus = z.enum(STATUSES);
const shownStatus = z.enum(SHOWN_STATUSES);
export type Status = z.infer<typeof ownStatus>;
export type ShownStatus = z.infer<typeof shownStatus>;

/** The most users one presence request may name. */
export const MAX_PRESENCE_USERS = 200;

/** One user as others see them. `version` grows with every change that others can see; 0 means never seen. */
export const shownPresence = z.strictObject({
  user_id: uuid,
  status: shownStatus,
  last_seen_at: timestamp.nullable(),
  version: z.int().nonnegative(),
});
export type ShownPresence = z.infer<typeof shownPresence>;

/** A status choice: the status and, where it is to end by itself, when. */
const statusChoice = z.strictObject({
  status: ownStatus,
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

const userIds = z.strictObject({ user_ids: z.array(uuid).min(1).max(MAX_PRESENCE_USERS) });

export const presence = {
  changeStatus: clientMessage({
    type: 'user_status_change',
    summary: 'Chooses your status; expires_at lets it return to online by itself.',
    data: statusChoice,
    reply: z.strictObject({ status: ownStatus, expires_at: timestamp.nullable() }),
  }),
  subscribe: clientMessage({
    type: 'presence_subscribe',
    summary: 'Watches users who share a room with you, beyond those watched by themselves; the ack holds the snapshot.',
    data: userIds,
    reply: z.strictObject({ users: z.array(shownPresence) }),
  }),
  unsubscribe: clientMessage({
    type: 'presence_unsubscribe',
    summary: 'Ends a presence_subscribe for these users.',
    data: userIds,
    reply: z.strictObject({}),
  }),
};

export const presenceEvents = {
  statusChanged: serverMessage({
    type: 'user_status_change',
    summary:
      "What others see of a user has changed; or, on the user's own sockets, the true status (there with expires_at, null when it does not end).",
    data: z.strictObject({
      user_id: uuid,
      status: ownStatus,
      last_seen_at: timestamp.nullable(),
      version: z.int().nonnegative(),
      expires_at: timestamp.nullable().optional(),
    }),
    newestPer: ['user_id'],
  }),
  snapshot: serverMessage({
    type: 'presence_snapshot',
    summary:
      'Who of the users watched by themselves is not offline. Sent after connected, and for whoever becomes visible by joining a room.',
    data: z.strictObject({ users: z.array(shownPresence) }),
  }),
};
