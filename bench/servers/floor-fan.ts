import type { Duplex } from 'node:stream';
import { envelope, event } from './envelope.js';

/*
 * What Node's sockets and the kernel cost by themselves when many are told the same: frames made beforehand, and one
 * `write` for each receiver. What several say in one turn of the event loop is one write too.
 */

const ROOM = '00000000-0000-7000-8000-000000000000';
const TYPE_AT = 15;
const MASK_AT = 3;

const made = (payload: object) => {
  const text = Buffer.from(JSON.stringify(payload));
  return Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 0xff]), text]);
};
const typing = made(event({ type: 'typing_start', data: { room_id: ROOM } }, ROOM));
const status = made(
  envelope('user_status_change', { user_id: ROOM, status: 'away', last_seen_at: null, version: Date.now() }),
);
/** One frame, two, three and so on. */
const several = (frame: Buffer) =>
  Array.from({ length: 64 }, (_, count) => Buffer.concat(Array<Buffer>(count).fill(frame)));
const [typings, statuses] = [several(typing), several(status)];

const sockets = new Set<Duplex>();
/** Who has said something in this turn. */
let speakers: Duplex[] = [];
/** What they say: the same, all of them. */
let frames = typings;
let isTurning = false;
let isBusy = false;

export function join(socket: Duplex): void {
  sockets.add(socket);
}

export function leave(socket: Duplex): void {
  sockets.delete(socket);
}

/** What a socket says goes to all the others: the first of a turn at once, unless there were several in the last. */
export function speak(socket: Duplex, bytes: Buffer): void {
  frames = String.fromCharCode(bytes[TYPE_AT]! ^ bytes[MASK_AT]!) === 't' ? typings : statuses;
  speakers.push(socket);
  if (!isTurning) setImmediate(setImmediate, endTurn);
  const isAlone = !isTurning && !isBusy;
  isTurning = true;
  if (!isAlone) return;
  speakers = [];
  for (const other of sockets) if (other !== socket) other.write(frames[1]!);
}

function endTurn(): void {
  const said = speakers;
  speakers = [];
  isTurning = false;
  isBusy = said.length > 1;
  if (said.length === 0) return;
  for (const socket of sockets) {
    const own = said.includes(socket) ? 1 : 0;
    socket.write(frames[said.length - own]!);
  }
}
