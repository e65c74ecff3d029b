import { z } from 'zod';
import { clientMessage, serverMessage } from './message.js';
import { timestamp, uuid } from './envelope.js';

const room = z.strictObject({ room_id: uuid });

export const typing = {
  start: clientMessage({
    type: 'typing_start',
    summary: "Tells the room's other members that you are typing. Repeat it while it lasts.",
    data: room,
    reply: z.strictObject({}),
  }),
  stop: clientMessage({
    type: 'typing_stop',
    summary: "Tells the room's other members that you stopped typing.",
    data: room,
    reply: z.strictObject({}),
  }),
};

export const typingEvents = {
  started: serverMessage({
    type: 'typing_start',
    summary: 'A fellow member types in this room, until typing_stop or expires_at.',
    data: z.strictObject({ room_id: uuid, user_id: uuid, expires_at: timestamp }),
    newestPer: ['room_id', 'user_id'],
  }),
  stopped: serverMessage({
    type: 'typing_stop',
    summary: 'A fellow member no longer types in this room.',
    data: z.strictObject({ room_id: uuid, user_id: uuid }),
    newestPer: ['room_id', 'user_id'],
  }),
};
