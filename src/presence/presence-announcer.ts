import { Injectable, Logger } from '@nestjs/common';
import { Clock, isoOrNull } from '../common/clock.js';
import { first } from '../common/first.js';
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
/** How long one settling may take, in milliseconds. The next one goes on. */
const SETTLING_MS = 1000;

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
    private readonly clock: Clock,
  ) {}

  async announce({ userId, state, visible, own }: Outcome): Promise<void> {
    if (own) this.tellUser(userId, state);
    if (visible) await this.tellOthers(userId, state.shown);
  }

  /** Announces what is owed, as it is by now: one user first, to see whether the database is there. */
  async settle(): Promise<void> {
    const end = this.clock.now() + SETTLING_MS;
    for (let atOnce = 1; this.owed.size > 0; atOnce = AT_ONCE) {
      const all = await this.settleSome(first(this.owed, atOnce));
      if (!all || this.clock.now() >= end) return;
    }
  }

  /** @returns whether all of it could be announced */
  private async settleSome(users: readonly string[]): Promise<boolean> {
    const states = await this.store.read(users);
    const told = await Promise.all(
      users.map(async (userId) => {
        const state = states.get(userId);
        if (state) return this.tellOthers(userId, state.shown);
        this.owed.delete(userId);
        return true;
      }),
    );
    return !told.includes(false);
  }

  private tellUser(userId: string, state: PresenceState): void {
    const expiresAt = isoOrNull(state.choice?.expiresAt);
    const truth = { ...view(userId, state.shown), status: ownStatus(state), expires_at: expiresAt };
    this.fanout.publish(presenceEvents.statusChanged, truth, { to: [userTopic(userId)] });
  }

  /** @returns whether it could be announced; if not it is owed, after everybody else's */
  private async tellOthers(userId: string, shown: Shown): Promise<boolean> {
    try {
      const { to, among } = await this.gate.pass(() => this.audience.of(userId));
      this.owed.delete(userId);
      const recipients = { to: [...to, presenceTopic(userId)], among, exceptUser: userId };
      this.fanout.publish(presenceEvents.statusChanged, view(userId, shown), recipients);
      return true;
    } catch (error) {
      this.owed.delete(userId);
      this.owed.add(userId);
      this.logger.warn({ event: 'presence_not_announced', error: String(error) });
      return false;
    }
  }
}

/** A user as others see them, as the wire writes it. */
export function view(userId: string, { status, version, lastSeenAt }: Shown): ShownPresence {
  return { user_id: userId, status, last_seen_at: isoOrNull(lastSeenAt), version };
}
