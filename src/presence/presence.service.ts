import { Injectable } from '@nestjs/common';
import type { ShownPresence } from '../protocol/index.js';
import { OwnStatus, type OwnStatusView, type StatusChoice } from './own-status.js';
import { PresenceGreeter } from './presence-greeter.js';
import { PresenceLens } from './presence-lens.js';
import { UsersHere } from './users-here.js';

/** Who is here, as everybody may see it, and as each may say it of themself. */
@Injectable()
export class Presence {
  constructor(
    private readonly here: UsersHere,
    private readonly lens: PresenceLens,
    private readonly greeter: PresenceGreeter,
    private readonly ownStatus: OwnStatus,
  ) {}

  /** Whether others must not notice what the user does. For users with sockets on this node. */
  isHidden(userId: string): boolean {
    return this.here.isHidden(userId);
  }

  /** Whether the user has sockets on other nodes too. For users with sockets on this node. */
  isElsewhere(userId: string): boolean {
    return this.here.isElsewhere(userId);
  }

  /** Calls back when a user with sockets on this node begins to hide, before others see them offline. */
  onHidden(listener: (userId: string) => void): void {
    this.here.onHidden(listener);
  }

  /** The users as the viewer may see them, in the order asked for, each once. */
  shown(viewerId: string, userIds: readonly string[]): Promise<ShownPresence[]> {
    return this.lens.shownTo(viewerId, unique(userIds));
  }

  own(userId: string): Promise<OwnStatusView> {
    return this.ownStatus.of(userId);
  }

  /** @throws Problem validation_failed | rate_limited */
  choose(userId: string, choice: StatusChoice): Promise<OwnStatusView> {
    return this.ownStatus.choose(userId, choice);
  }

  /** Shows somebody who was added to a room and its members to each other. */
  introduce(userId: string, roomMemberIds: readonly string[]): Promise<void> {
    return this.greeter.introduce(userId, roomMemberIds);
  }

  /** Shows the members of a new room to each other. */
  introduceAll(memberIds: readonly string[]): Promise<void> {
    return this.greeter.introduceAll(memberIds);
  }
}

/** Ids may be written in upper case; they are stored in lower case. */
export function unique(userIds: readonly string[]): string[] {
  return [...new Set(userIds.map((id) => id.toLowerCase()))];
}
