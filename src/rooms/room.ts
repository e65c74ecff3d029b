import type { RoomRole } from '../protocol/index.js';

/** A room as one of its members sees it. */
export interface Room {
  readonly id: string;
  readonly name: string;
  readonly role: RoomRole;
  readonly memberCount: number;
  readonly createdAt: Date;
}

export interface Member {
  readonly userId: string;
  readonly displayName: string;
  readonly role: RoomRole;
  readonly joinedAt: Date;
}
