import { Injectable, Logger } from '@nestjs/common';
import { isoOrNull } from '../common/clock.js';
import { Gate } from '../common/gate.js';
import { presenceEvents, type ShownPresence } from '../protocol/index.js';
import { Fanout } from '../realtime/fanout.js';
import { userTopic } from '../realtime/topics.js';
import { Audience } from './audience.js';
import { type Outcome, ownStatus, type PresenceState, type Shown } from './presence-state.js';
import { PresenceStore } from './presence-store.js';
import { presenceTopic } from './presence-topic.js';

/** Audiences asked for at a time. When a node dies with thousands of users, newcomers must still get their turn. */
const AT_ONCE = 20;

/** Tells others what they see of a user, and the user what is true. */
@Injectable()
export class PresenceAnnouncer {
  private readonly logger = new Logger(PresenceAnnouncer.name);
  /** Users whose change could not be announced because nobody could say to whom. */
  private readonly owed = new Set<string>();
  private readonly gate = new Gate(AT_ONCE);

  constructor(
    private readonly fanout: Fanout,
    private readonly audience: Audience,
    private readonly store: PresenceStore,
  ) {}

  async announce({ userId, state, visible, own }: Outcome): Promise<void> {
    if (own) this.tellUser(userId, state);
    if (visible) await this.tellOthers(userId, state.shown);
  }

  /** Announces what is owed, as it is by now. */
  async settle(): Promise<void> {
    if (this.owed.size === 0) return;
    const users = [...this.owed];
    const states = await this.store.read(users);
    for (const userId of users) {
      const state = states.get(userId);
      if (state) await this.tellOthers(userId, state.shown);
      else this.owed.delete(userId);
    }
  }

  private tellUser(userId: string, state: PresenceState): void {
    const expiresAt = isoOrNull(state.choice?.expiresAt);
    const truth = { ...view(userId, state.shown), status: ownStatus(state), expires_at: expiresAt };
    this.fanout.publish(presenceEvents.statusChanged, truth, { to: [userTopic(userId)] });
  }

  private async tellOthers(userId: string, shown: Shown): Promise<void> {
    try {
      const { to, among } = await this.gate.pass(() => this.audience.of(userId));
      this.owed.delete(userId);
      const recipients = { to: [...to, presenceTopic(userId)], among, exceptUser: userId };
      this.fanout.publish(presenceEvents.statusChanged, view(userId, shown), recipients);
    } catch (error) {
      this.owed.add(userId);
      this.logger.warn({ event: 'presence_not_announced', error: String(error) });
    }
  }
}

/** A user as others see them, as the wire writes it. */
export function view(userId: string, { status, version, lastSeenAt }: Shown): ShownPresence {
  return { user_id: userId, status, last_seen_at: isoOrNull(lastSeenAt), version };
}
