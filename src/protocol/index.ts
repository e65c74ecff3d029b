import { connection, connectionEvents } from './connection.js';
import type { ClientMessage, ServerMessage } from './message.js';
import { presence, presenceEvents } from './presence.js';
import { roomEvents } from './rooms.js';
import { typing, typingEvents } from './typing.js';

export * from './close-codes.js';
export * from './connection.js';
export * from './envelope.js';
export * from './message.js';
export * from './presence.js';
export * from './problems.js';
export * from './rooms.js';
export * from './typing.js';

/** The pages of what a client may send. A page's keys are the names of the methods that handle its messages. */
export const clientPages: readonly Readonly<Record<string, ClientMessage>>[] = [connection, presence, typing];

/** Everything a client may send. */
export const clientMessages: readonly ClientMessage[] = clientPages.flatMap((page) => Object.values(page));

/** Everything the server may send, by type. */
export const serverMessages: readonly ServerMessage[] = [
  ...Object.values(connectionEvents),
  ...Object.values(presenceEvents),
  ...Object.values(typingEvents),
  ...Object.values(roomEvents),
];
