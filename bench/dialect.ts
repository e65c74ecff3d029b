import { clientFrame } from './frames.js';

/** How a server wants to be spoken to. All carry the same envelopes; they differ in what is around them. */
export interface Dialect {
  /** The path of a member of rooms. */
  path(member: Member): string;
  /** A client's message as a frame. */
  message(type: string, data?: object): Buffer;
  /** Where in a payload the first letter of the envelope's type stands; undefined: the payload holds no envelope. */
  typeAt(bytes: Buffer, start: number): number | undefined;
  /** What the client owes the server for a payload without an envelope. */
  answer?(bytes: Buffer, start: number): Buffer | undefined;
  /** Whether this first payload of the server opens the connection; where there is none, the 101 does. */
  isOpening?(bytes: Buffer, start: number): boolean;
}

export interface Member {
  readonly token: string;
  readonly userId: string;
  readonly rooms: readonly string[];
}

const envelope = (type: string, data: object) => JSON.stringify({ type, data });

/** `{"type":"` stands before the type. */
const TYPE_AT = 9;
const letter = (text: string) => text.charCodeAt(0);

const query = (member: Member) => `user=${member.userId}&${member.rooms.map((room) => `room=${room}`).join('&')}`;

/** Plain WebSocket: the envelope is the whole message. */
export const plain: Dialect = {
  path: (member) => `/ws?${query(member)}`,
  message: (type, data = {}) => clientFrame(envelope(type, data)),
  typeAt: (_bytes, start) => start + TYPE_AT,
};

/** For the floor, which knows neither rooms nor people. */
export const bare: Dialect = { ...plain, path: () => '/ws' };

/** The Nest way to route: `{ event, data }`. */
export const nest: Dialect = {
  ...plain,
  path: (member) => `/ws?token=${member.token}&${query(member)}`,
  message: (type, data = {}) => clientFrame(JSON.stringify({ event: type, data: { type, data } })),
};

export const hadir: Dialect = {
  ...plain,
  path: (member) => `/ws?token=${member.token}`,
  // The snapshot, which follows `connected`, perhaps in a packet of its own. A pong has the same first letter.
  isOpening: (bytes, start) => bytes[start + TYPE_AT] === letter('p'),
};

const EVENT = '42["message",';

/** Engine.IO 4 and Socket.IO 5 over one WebSocket. */
export const socketio: Dialect = {
  path: (member) => `/socket.io/?EIO=4&transport=websocket&${query(member)}`,
  message: (type, data = {}) => clientFrame(`${EVENT}${envelope(type, data)}]`),
  typeAt: (bytes, start) => (bytes[start + 1] === letter('2') ? start + EVENT.length + TYPE_AT : undefined),
  answer: (bytes, start) => {
    if (bytes[start] === letter('0')) return CONNECT;
    return bytes[start] === letter('2') ? PROBE_ANSWER : undefined;
  },
  isOpening: (bytes, start) => bytes[start] === letter('4') && bytes[start + 1] === letter('0'),
};

const CONNECT = clientFrame('40');
const PROBE_ANSWER = clientFrame('3');
