export type { ClientRequests, ProblemCode, Room, ServerEvents, ShownPresence, Status } from './catalogue.js';
export type { HadirEvents, State, StateChange } from './channel.js';
export { HadirError, type LocalCode } from './errors.js';
export { Hadir, type HadirOptions } from './hadir.js';
export type { Socket, SocketClass } from './link.js';
export type { OwnPresence, Presence } from './presence.js';
export type { Typing } from './typing.js';
export type { TokenReason } from './token-source.js';
